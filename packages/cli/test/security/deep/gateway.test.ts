/**
 * What `security audit --deep` says of gateways: of the real one, and of some that do not enforce what
 * they should.
 */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { type Server, createServer } from 'node:net';
import { join } from 'node:path';

import { describe, expect, onTestFinished, test } from 'vitest';

import { openOperator } from '../../../src/compose/open-operator.ts';
import type { DeepReport } from '../../../src/security/deep/deep.ts';
import { type Called, Home, call } from '../../call.ts';
import { OWN_ADDRESS, STRONG, tryStart } from '../../exposure/gateway.ts';
import { type Faults, KEY, SECRET, runFake } from './fake-gateway.ts';

interface Report {
  readonly findings: readonly {
    readonly checkId: string;
    readonly severity: string;
    readonly detail: string;
  }[];
  readonly deep: DeepReport;
}

async function deep(home: Home, ...more: readonly string[]): Promise<Called & { report: Report }> {
  const called = await call(['security', 'audit', '--deep', '--json', ...more], { home });
  expect(called.code, called.stderr).toBe(0);
  return { ...called, report: JSON.parse(called.stdout) as Report };
}

/** The findings of probes: id and severity. */
function probed({ findings }: Report): readonly string[] {
  return findings
    .filter(({ checkId }) => checkId.includes('probe'))
    .map(({ checkId, severity }) => `${checkId} ${severity}`);
}

function outcomes({ deep: { gateway } }: Report): Readonly<Record<string, string>> {
  return Object.fromEntries(gateway.trials.map(({ name, outcome }) => [name, outcome]));
}

const HELD = {
  no_secret: 'held',
  http: 'held',
  origin: 'held',
  host: 'held',
  health: 'held',
  wrong_secret: 'held',
  guesses: 'held',
  owner_after_guesses: 'held',
};

/** Runs a real gateway, and the audit while it runs. */
async function deepOf(gateway: object, times = 1): Promise<readonly Report[]> {
  const home = new Home();
  const reports: Report[] = [];
  const started = await tryStart(gateway, {
    home,
    whileRunning: async () => {
      for (let time = 0; time < times; time += 1) {
        const { report, stdout, stderr } = await deep(home);
        expect(stdout + stderr).not.toContain(STRONG);
        reports.push(report);
      }
      const status = await call(['status', '--json'], { home, doors: { openOperator } });
      // Of an address that others have too, commands are let in and may do less.
      const isIn = status.code === 0 || status.stdout.includes('missing scope');
      expect(isIn, `the operator can still come in: ${status.stdout}`).toBe(true);
    },
  });
  expect(started.code, started.stderr).toBe(0);
  return reports;
}

describe('the real gateway', () => {
  test('holds, keeps holding while the guesses are locked out, and lets its operator in', async () => {
    const reports = await deepOf({ auth: { token: STRONG } }, 3);
    expect(reports).toHaveLength(3);
    for (const report of reports) {
      expect(outcomes(report)).toEqual(HELD);
      expect(probed(report)).toEqual([]);
      expect(report.deep.gateway).toMatchObject({
        attempted: true,
        url: expect.stringMatching(/^ws:\/\/127\.0\.0\.1:\d+$/u) as string,
        ok: true,
        error: null,
        close: null,
      });
    }
  });

  test('holds with a password, and over TLS with a certificate of its own', async () => {
    const [first] = await deepOf({
      auth: { mode: 'password', password: STRONG },
      tls: { enabled: true },
    });
    expect(first && outcomes(first)).toEqual(HELD);
    expect(first?.deep.gateway.url).toMatch(/^wss:/u);
  });

  test('elsewhere is tried with the secret of the config, and not guessed at', async () => {
    const seen: Report[] = [];
    await tryStart(
      { auth: { token: STRONG } },
      {
        whileRunning: async ({ url }) => {
          const remote = { url: url.replace(/^http/u, 'ws'), token: STRONG };
          const far = new Home().write(JSON.stringify({ gateway: { mode: 'remote', remote } }));
          seen.push((await deep(far)).report);
        },
      },
    );
    const [report] = seen;
    expect(report && outcomes(report)).toEqual({
      no_secret: 'held',
      http: 'held',
      origin: 'held',
      host: 'held',
      health: 'held',
      wrong_secret: 'held',
      guesses: 'not_tried',
    });
    expect(report?.deep.gateway.ok).toBe(true);
  });

  test('is left as it was: no device, nobody who asks, and a page that is locked out', async () => {
    const home = new Home();
    const answers: unknown[] = [];
    await tryStart(
      { auth: { token: STRONG } },
      {
        home,
        whileRunning: async () => {
          await deep(home);
          for (const words of [['devices', 'list'], ['pairing', 'list'], ['status']]) {
            const { stdout } = await call([...words, '--json'], { home, doors: { openOperator } });
            answers.push(JSON.parse(stdout));
          }
        },
      },
    );
    expect(answers).toMatchObject([
      { pending: [], paired: [] },
      { requests: [] },
      {
        status: {
          lockouts: { count: 1, named: [{ client: 'page:http://127.0.0.1:1', door: 'shared' }] },
        },
      },
    ]);
  });

  test('that asks for nothing is told of as what it is', async () => {
    const [report] = await deepOf({ auth: { mode: 'none' } });
    expect(report && outcomes(report)['http']).toBe('open');
    expect(report && probed(report)).toEqual(['portcullis.probe.auth_not_enforced critical']);
  });

  test('that talks to any page is told of', async () => {
    const [report] = await deepOf({
      auth: { token: STRONG },
      controlUi: { allowedOrigins: ['*'] },
    });
    expect(report && probed(report)).toEqual(['portcullis.probe.origin_not_enforced critical']);
  });

  test('that allows more guesses than are made is told to be untried', async () => {
    const [report] = await deepOf({ auth: { token: STRONG, rateLimit: { maxAttempts: 5000 } } });
    expect(report && probed(report)).toEqual(['portcullis.probe.not_tried info']);
  });

  test.skipIf(OWN_ADDRESS === undefined)(
    'of an address of this machine is not guessed at: that would lock its operator out',
    async () => {
      const [report] = await deepOf({
        bind: 'custom',
        customBindHost: OWN_ADDRESS,
        auth: { token: STRONG },
        controlUi: { allowedOrigins: ['https://gateway.example'] },
      });
      expect(report && outcomes(report)).toMatchObject({
        wrong_secret: 'held',
        guesses: 'not_tried',
        origin: 'held',
        host: 'held',
      });
    },
  );
});

async function ofFake(faults: Faults, gateway: object = {}): Promise<Called & { report: Report }> {
  const auth = { mode: 'token', token: SECRET };
  const home = new Home().write(JSON.stringify({ gateway: { mode: 'local', auth, ...gateway } }));
  await runFake(home, faults);
  const found = await deep(home);
  expect(found.stdout + found.stderr).not.toContain(SECRET);
  expect(found.stdout + found.stderr).not.toContain(KEY);
  return found;
}

const AUTH = 'portcullis.probe.auth_not_enforced critical';
const HEALTH = 'portcullis.probe.health_tells_too_much warn';

describe('a gateway', () => {
  test('that holds gives no finding, so that the others are what gives one', async () => {
    const { report } = await ofFake({});
    expect(outcomes(report)).toEqual(HELD);
    expect(probed(report)).toEqual([]);
  });

  test.each<[string, Faults, readonly string[]]>([
    ['lets programs in without a secret', { noSecret: true }, [AUTH]],
    ['lets programs in with any secret', { anySecret: true }, [AUTH]],
    ['answers requests without a secret', { http: true }, [AUTH, 'portcullis.probe.unclear warn']],
    ['talks to any page', { anyOrigin: true }, ['portcullis.probe.origin_not_enforced critical']],
    [
      'takes requests of any page',
      { anyOriginOfRequests: true },
      ['portcullis.probe.origin_not_enforced critical'],
    ],
    ['answers to any name', { anyHost: true }, ['portcullis.probe.host_not_enforced critical']],
    ['has no limit', { noLimit: true }, ['portcullis.probe.guess_limit_not_enforced warn']],
    [
      'compares under a lock',
      { softLock: true },
      ['portcullis.probe.guess_limit_not_enforced warn'],
    ],
    [
      'counts a page against programs',
      { oneKey: true },
      ['portcullis.probe.guesses_lock_out_owner warn'],
    ],
    ['tells its version', { health: { ok: true, version: '1.2.3' } }, [HEALTH]],
    ['tells a secret', { health: { ok: true, status: SECRET } }, [HEALTH]],
    ['tells its key', { health: { ok: KEY } }, [HEALTH]],
  ])('that %s is told of', async (_what, faults, wanted) => {
    const { report } = await ofFake(faults);
    expect(probed(report)).toEqual(wanted);
  });

  test('is judged harder where others reach it', async () => {
    const origins = { controlUi: { allowedOrigins: ['https://gateway.example'] } };
    const { report } = await ofFake({ noLimit: true }, { bind: 'lan', ...origins });
    expect(probed(report)).toEqual(['portcullis.probe.guess_limit_not_enforced critical']);
  });

  test('that answers everything with an error is not taken for one that holds', async () => {
    const { report } = await ofFake({ status: 503 });
    expect(report.deep.gateway).toMatchObject({ ok: false, error: 'it answered 503' });
    expect(new Set(Object.values(outcomes(report)))).toEqual(new Set(['unclear']));
    expect(probed(report)).toContain('gateway.probe_failed warn');
  });
});

describe('where no gateway answers', () => {
  const home = (): Home =>
    new Home().write(JSON.stringify({ gateway: { mode: 'local', auth: { token: SECRET }, port } }));
  let port = 1;

  test('it is a finding, and everything else is audited', async () => {
    const { report } = await deep(home());
    expect(report.deep.gateway).toEqual({
      attempted: true,
      url: 'ws://127.0.0.1:1',
      ok: false,
      error: 'connect ECONNREFUSED 127.0.0.1:1',
      close: { code: 1006, reason: '' },
      trials: [],
    });
    expect(probed(report)).toEqual(['gateway.probe_failed warn']);
  });

  test('whoever else has its port is sent nothing', async () => {
    const heard: string[] = [];
    const other = await listen((text) => heard.push(text));
    ({ port } = other);
    // The note of one that died: nothing of it counts.
    const left = home();
    const { report } = await deep(left);
    expect(report.deep.gateway.error).toContain('something else listens');
    await other.close();
    expect(heard).toEqual([]);
  });

  test('one that is silent is waited for no longer than was said', async () => {
    const silent = new Home().write(
      JSON.stringify({ gateway: { mode: 'local', auth: { token: SECRET } } }),
    );
    await runFake(silent, { silent: true });
    const began = performance.now();
    const { report } = await deep(silent, '--timeout', '300');
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(report.deep.gateway).toMatchObject({ ok: false, error: 'no answer in time' });
    expect(probed(report)).toEqual(['gateway.probe_failed warn']);
  });

  test('a remote one whose secret cannot be had is told apart', async () => {
    const remote = {
      url: 'wss://gateway.invalid',
      token: { source: 'file', provider: 'nobody', id: '/nothing' },
    };
    const far = new Home().write(JSON.stringify({ gateway: { mode: 'remote', remote } }));
    const { report } = await deep(far);
    expect(probed(report)).toEqual(['gateway.probe_auth_secretref_unavailable warn']);
  });
});

/** Something else that listens. */
async function listen(
  onText: (text: string) => void,
): Promise<{ readonly port: number; close(): Promise<void> }> {
  const server: Server = createServer((socket) =>
    socket.on('data', (data) => onText(data.toString('utf8'))),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = (): Promise<void> => new Promise((resolve) => server.close(() => resolve()));
  onTestFinished(() => {
    server.close();
  });
  const address = server.address();
  return { port: typeof address === 'object' && address !== null ? address.port : 0, close };
}

test('without --deep nothing is tried and nothing is said of it', async () => {
  const home = new Home().write(JSON.stringify({ gateway: { mode: 'local' } }));
  await runFake(home, { noSecret: true });
  const { stdout } = await call(['security', 'audit', '--json'], { home });
  const report = JSON.parse(stdout) as Partial<Report>;
  expect(report.deep).toBeUndefined();
  expect(probed(report as Report)).toEqual([]);
});

test('people see that more can be tried', async () => {
  const home = new Home().write('{ gateway: { mode: "local" } }');
  const { stdout } = await call(['security', 'audit'], { home });
  expect(stdout).toContain('Run deeper: openclaw security audit --deep');
});

test('people see what was tried, and that it held', async () => {
  const home = new Home().write(
    JSON.stringify({ gateway: { mode: 'local', auth: { token: SECRET } } }),
  );
  await runFake(home);
  const { stdout } = await call(['security', 'audit', '--deep'], { home });
  expect(stdout).toMatch(/held +guesses +Guess \d+ was locked out/u);
});

test('it writes nothing', async () => {
  const home = new Home().write(JSON.stringify({ gateway: { mode: 'local' } }));
  writeFileSync(join(home.path, '.openclaw', 'mine.txt'), 'mine');
  const look = (): readonly string[] =>
    readdirSync(home.path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => `${path} ${readFileSync(path, 'utf8')}`)
      .toSorted();
  const before = look();
  await deep(home);
  expect(look()).toEqual(before);
});
