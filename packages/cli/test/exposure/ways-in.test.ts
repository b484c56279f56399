/**
 * The ways into a gateway that runs: encrypted, through Tailscale, from elsewhere.
 *
 * @module
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { PortcullisError } from '@portcullis/core';
import { fakeTailscale } from '@portcullis/testkit';
import { describe, expect, test } from 'vitest';

import { readAddress } from '@portcullis/gateway/local';
import type { RunningGateway } from '@portcullis/gateway';
import { openOperator } from '../../src/compose/open-operator.ts';
import { secureUrl } from '../../src/compose/remote.ts';
import { Home, call } from '../call.ts';
import { FROM_SOURCE, start } from '../processes.ts';
import { STRONG, tryStart } from './gateway.ts';

const TOKEN = { auth: { token: STRONG } };

/** A command over the real way to the gateway. */
function command(home: Home, ...argv: readonly string[]): ReturnType<typeof call> {
  return call(argv, { home, doors: { openOperator } });
}

/** The config of somebody elsewhere. */
function elsewhere(remote: object): Home {
  return new Home().write(JSON.stringify({ gateway: { mode: 'remote', remote } }));
}

describe('a gateway with a certificate of its own', () => {
  test('P10.03: is talked to by commands here, and by those elsewhere who know its certificate', async () => {
    const home = new Home();
    const seen: { stdout: string; code: number }[] = [];
    const wrong: string[] = [];
    let fingerprint = '';
    const started = await tryStart(
      { ...TOKEN, tls: { enabled: true } },
      {
        home,
        whileRunning: async ({ url, report }: RunningGateway) => {
          fingerprint = report.exposure.tls?.fingerprint ?? '';
          expect(url).toMatch(/^https:\/\/127\.0\.0\.1:/u);
          seen.push(await command(home, 'status'));
          const remote = { url: url.replace(/^https/u, 'wss'), token: STRONG };
          const plain = fingerprint.replaceAll(':', '').toLowerCase();
          for (const tlsFingerprint of [fingerprint, plain, `sha256:${plain}`]) {
            seen.push(await command(elsewhere({ ...remote, tlsFingerprint }), 'health'));
          }
          const other = '00'.repeat(32);
          wrong.push(
            (await command(elsewhere({ ...remote, tlsFingerprint: other }), 'health')).stderr,
          );
          wrong.push((await command(elsewhere(remote), 'health')).stderr);
        },
      },
    );
    expect(started.code).toBe(0);
    expect(started.stdout).toContain(`SHA-256 ${fingerprint}`);
    expect(seen.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
    expect(seen[0]?.stdout).toMatch(/Bind +127\.0\.0\.1:\d+, this machine only, TLS/u);
    expect(seen[0]?.stdout).toContain(`SHA-256 ${fingerprint}`);
    expect(wrong[0]).toContain('[gateway.certificate]');
    expect(wrong[1]).toContain('[gateway.unreachable]');
  });

  test('tells its address and nothing secret to programs', async () => {
    const home = new Home();
    let shown = '';
    await tryStart(TOKEN, {
      home,
      whileRunning: async () => {
        shown = (await command(home, 'status', '--json')).stdout;
        const key = /"key":"([^"]+)"/u.exec(readFileSync(addressFile(home), 'utf8'))?.[1];
        if (key !== undefined) expect(shown).not.toContain(key);
      },
    });
    expect(JSON.parse(shown)).toMatchObject({ waysIn: { host: '127.0.0.1' } });
  });

  test('does not start with a certificate that cannot serve', async () => {
    const tls = { enabled: true, certPath: '/nonexistent.pem', keyPath: '/nonexistent.pem' };
    const { code, stderr } = await tryStart({ ...TOKEN, tls });
    expect(code).toBe(1);
    expect(stderr).toContain('[gateway.tls.unreadable]');
    expect(stderr).toContain('gateway.tls.certPath');
  });
});

function addressFile(home: Home): string {
  return join(home.path, '.openclaw', 'state', 'address.json');
}

describe('a note that says less than it should', () => {
  test.each(['{"host":"127.0.0.1","port":1,"tls":7}', '{"host":"127.0.0.1","port":1,"tls":null}'])(
    'P10.03: is not followed in the clear: %s',
    (text) => {
      const home = new Home();
      mkdirSync(join(home.path, '.openclaw', 'state'), { recursive: true });
      writeFileSync(addressFile(home), text);
      expect(readAddressOf(home)).toBe(undefined);
    },
  );
});

describe('the address of a gateway elsewhere', () => {
  test.each([
    ['wss://gate.example/', 'wss://gate.example/'],
    ['https://gate.example:8443', 'wss://gate.example:8443/'],
    ['ws://127.0.0.1:18789', 'ws://127.0.0.1:18789/'],
    ['ws://localhost:18789', 'ws://localhost:18789/'],
    ['http://[::1]:18789', 'ws://[::1]:18789/'],
  ])('P10.03: %s is used', (written, used) => {
    expect(secureUrl(written)).toBe(used);
  });

  test.each([
    'ws://192.168.1.5:18789',
    'http://gate.example',
    'ws://localhost.evil.example',
    'ws://127.0.0.1.evil.example',
    'ws://0.0.0.0:18789',
    'wss://user:secret@gate.example',
    'wss://gate.example/?token=secret',
    'ftp://gate.example',
    'nonsense',
    '',
  ])('P10.03: %s is refused, and nothing is sent there', (written) => {
    expect(() => secureUrl(written)).toThrow(PortcullisError);
  });

  test('P10.03: a command says so', async () => {
    const home = elsewhere({ url: 'ws://192.168.1.5:18789', token: STRONG });
    const { code, stderr } = await command(home, 'health');
    expect([code, stderr.includes('[gateway.remote_insecure]')]).toEqual([1, true]);
    expect(stderr).not.toContain(STRONG);
  });
});

describe('a gateway that Tailscale publishes', () => {
  test('says where, and is published until it stops', async () => {
    const home = new Home();
    const fake = fakeTailscale(join(home.path, 'fake'));
    let status = '';
    const { stdout, code } = await tryStart(
      { ...TOKEN, tailscale: { mode: 'serve', binary: fake.path } },
      { home, whileRunning: async () => void (status = (await command(home, 'status')).stdout) },
    );
    expect(code).toBe(0);
    for (const text of [stdout, status]) {
      expect(text).toContain('https://gate.tail1234.ts.net/ for everybody in the tailnet');
    }
    expect(fake.changes()).toEqual([
      expect.stringMatching(/^serve --bg --https=443 http:\/\/127\.0\.0\.1:\d+$/u),
      'serve --https=443 off',
    ]);
  });

  test('P04.03: is cleared up after by the next start where it was killed, whatever that publishes', async () => {
    const home = new Home();
    const fake = fakeTailscale(join(home.path, 'fake'));
    const tailscale = { mode: 'serve', binary: fake.path };
    home.write(JSON.stringify({ gateway: { mode: 'local', ...TOKEN, tailscale } }));
    const argv = [...FROM_SOURCE, 'gateway', 'run', '--port', '0'];
    const killed = start(process.execPath, argv, { HOME: home.path });
    await killed.wrote('Gateway ready');
    killed.child.kill('SIGKILL');
    await killed.ended;
    expect(fake.changes()).toHaveLength(1);
    const { code } = await tryStart(
      { ...TOKEN, tailscale: { mode: 'off', binary: fake.path } },
      { home },
    );
    expect(code).toBe(0);
    expect(fake.changes().slice(1)).toEqual(['serve --https=443 off']);
    expect(existsSync(join(home.path, '.openclaw', 'state', 'tailscale.json'))).toBe(false);
  });

  test('is withdrawn on SIGTERM', async () => {
    const home = new Home();
    const fake = fakeTailscale(join(home.path, 'fake'));
    const gateway = {
      mode: 'local',
      auth: { mode: 'password', password: STRONG },
      tailscale: { mode: 'funnel', binary: fake.path },
    };
    home.write(JSON.stringify({ gateway }));
    const argv = [...FROM_SOURCE, 'gateway', 'run', '--port', '0'];
    const running = start(process.execPath, argv, { HOME: home.path });
    await running.wrote('Next:');
    running.child.kill('SIGTERM');
    expect((await running.ended).code).toBe(0);
    expect(fake.changes().at(-1)).toBe('funnel --https=443 off');
  });

  test.each([
    ['is logged out', { backend: 'NeedsLogin' }, 'gateway.tailscale.not_running'],
    ['refuses', { refusal: 'Funnel is not enabled.' }, 'gateway.tailscale.failed'],
  ])('is not served at all where Tailscale %s', async (_what, state, code) => {
    const home = new Home();
    const fake = fakeTailscale(join(home.path, 'fake'), state);
    const started = await tryStart(
      { ...TOKEN, tailscale: { mode: 'serve', binary: fake.path } },
      { home },
    );
    expect(started.code).toBe(1);
    expect(started.stderr).toContain(`[${code}]`);
    expect(readAddressOf(home)).toBe(undefined);
  });
});

function readAddressOf(home: Home): unknown {
  const stateDbDir = join(home.path, '.openclaw', 'state');
  return readAddress({ stateDbDir } as Parameters<typeof readAddress>[0]);
}

describe('the local network', () => {
  test.each([
    ['nothing is said', {}, {}],
    ['a loopback gateway asks for it', { discovery: { mdns: { mode: 'full' } } }, {}],
  ])('is told nothing where %s', async (_what, rest, env) => {
    const { report } = await tryStart(TOKEN, { rest, env });
    expect(report?.exposure.mdns).toBe(undefined);
  });

  test('is told nothing with OPENCLAW_DISABLE_BONJOUR', async () => {
    const ui = { controlUi: { allowedOrigins: ['https://ui.example'] } };
    const { report } = await tryStart(
      { ...TOKEN, ...ui, bind: 'lan' },
      {
        rest: { discovery: { mdns: { mode: 'minimal' } } },
        env: { OPENCLAW_DISABLE_BONJOUR: '1' },
      },
    );
    expect(report).toMatchObject({ exposed: true, exposure: {} });
    expect(report?.exposure.mdns).toBe(undefined);
  });
});
