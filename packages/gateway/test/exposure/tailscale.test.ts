/** The gateway in a tailnet, through a command that writes down how it is called. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import { PortcullisError, silentLogger } from '@portcullis/core';
import { type FakeTailscale, fakeTailscale } from '@portcullis/testkit';
import { describe, expect, test } from 'vitest';

import { Publication } from '../../src/exposure/tailscale/publication.ts';
import { TailscaleProgram } from '../../src/exposure/tailscale/program.ts';
import { type Tailnet, openTailnet } from '../../src/exposure/tailscale/tailnet.ts';
import { Whois } from '../../src/exposure/tailscale/whois.ts';
import { folder } from './folder.ts';

const NAME = 'gate.tail1234.ts.net';
const OURS = { TCP: { 443: { HTTPS: true } }, Web: { [`${NAME}:443`]: { Handlers: {} } } };

interface Bench {
  readonly fake: FakeTailscale;
  readonly file: string;
  readonly publication: Publication;
  /** The next process over the same state. */
  again(): Publication;
}

function bench(state: Parameters<typeof fakeTailscale>[1] = {}): Bench {
  const directory = folder();
  const fake = fakeTailscale(join(directory, 'bin'), state);
  const file = join(directory, 'tailscale.json');
  const again = (): Publication =>
    new Publication({ program: TailscaleProgram.find(fake.path), file, log: silentLogger });
  return { fake, file, again, publication: again() };
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'nothing';
  } catch (error) {
    return PortcullisError.is(error) ? error.code : String(error);
  }
}

describe('the command', () => {
  test('P04.03, P03.04: is run with exactly its arguments, in an environment of its own', async () => {
    const { fake, publication } = bench();
    process.env['TS_CANARY'] = 'leaks';
    await publication.publish('serve', NAME, 40_001);
    delete process.env['TS_CANARY'];
    expect(fake.calls().map(({ argv }) => argv)).toEqual([
      ['serve', 'status', '--json'],
      ['serve', '--bg', '--https=443', 'http://127.0.0.1:40001'],
      ['serve', 'status', '--json'],
    ]);
    for (const { env, cwd } of fake.calls()) {
      expect(env).toEqual({ PATH: '/usr/bin:/bin:/usr/sbin:/sbin', HOME: '/', LANG: 'C' });
      expect(cwd).toBe('/');
    }
  });

  const spoiled: readonly (readonly [string, (path: string) => string])[] = [
    ['that is not there', (path) => `${path}-gone`],
    ['named by a relative path', () => 'tailscale'],
    ['that is a folder', (path) => join(path, '..')],
    [
      'that others may change',
      (path) => {
        chmodSync(path, 0o777);
        return path;
      },
    ],
    [
      'that others may replace',
      (path) => {
        const open = join(path, '../open');
        mkdirSync(open);
        chmodSync(open, 0o777);
        writeFileSync(join(open, 'tailscale'), '#!/bin/sh\n', { mode: 0o700 });
        return join(open, 'tailscale');
      },
    ],
    [
      'behind a link to a folder of others',
      (path) => {
        const open = join(path, '../open');
        mkdirSync(open);
        chmodSync(open, 0o777);
        writeFileSync(join(open, 'tailscale'), '#!/bin/sh\n', { mode: 0o700 });
        symlinkSync(join(open, 'tailscale'), join(path, '../link'));
        return join(path, '../link');
      },
    ],
  ];

  test.each(spoiled)('P03.04: %s is not run', async (_what, spoil) => {
    const { fake } = bench();
    expect(() => TailscaleProgram.find(spoil(fake.path))).toThrow('gateway.tailscale.binary');
  });

  test('that never ends is ended', async () => {
    const { fake } = bench({ delayMs: 60_000 });
    const begun = performance.now();
    const ran = await TailscaleProgram.find(fake.path).run(['status'], 200);
    expect(ran).toMatchObject({ ok: false, stdout: '' });
    expect(performance.now() - begun).toBeLessThan(20_000);
  });
});

describe('publishing', () => {
  test.each(['serve', 'funnel'] as const)('%s is undone when the gateway ends', async (mode) => {
    const { fake, file, publication } = bench();
    await publication.publish(mode, NAME, 40_002);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({
      mode,
      name: NAME,
      target: 'http://127.0.0.1:40002',
    });
    await publication.withdraw();
    expect(fake.changes()).toEqual([
      `${mode} --bg --https=443 http://127.0.0.1:40002`,
      `${mode} --https=443 off`,
    ]);
    expect(existsSync(file)).toBe(false);
  });

  test('is undone by the next process where one was killed', async () => {
    const { fake, file, publication, again } = bench();
    await publication.publish('serve', NAME, 40_003);
    expect(Publication.isLeft(file)).toBe(true);
    await again().withdraw();
    expect(fake.changes().at(-1)).toBe('serve --https=443 off');
    expect(Publication.isLeft(file)).toBe(false);
  });

  test('leaves alone what somebody else put in its place meanwhile', async () => {
    const { fake, file, publication, again } = bench();
    await publication.publish('serve', NAME, 40_004);
    const theirs = { [`${NAME}:443`]: { Handlers: { '/': { Proxy: 'http://127.0.0.1:3000' } } } };
    fake.set({ served: { TCP: { 443: { HTTPS: true } }, Web: theirs } });
    await again().withdraw();
    expect(fake.changes()).toHaveLength(1);
    expect(fake.served()).toMatchObject({ Web: theirs });
    expect(existsSync(file)).toBe(false);
  });

  const theirs: readonly (readonly [string, object])[] = [
    ['another server', { Web: { [`${NAME}:443`]: { Handlers: { '/': { Proxy: 'http://x' } } } } }],
    ['a folder', { Web: { [`${NAME}:443`]: { Handlers: { '/': { Path: '/srv' } } } } }],
    ['a port that is handed on', { TCP: { 443: { TCPForward: '127.0.0.1:22' } } }],
    [
      'a command in the foreground',
      {
        Foreground: {
          a: { Web: { [`${NAME}:443`]: { Handlers: { '/': { Text: 'hello' } } } } },
        },
      },
    ],
    ['a port that is open to the internet', { ...OURS, AllowFunnel: { [`${NAME}:443`]: true } }],
  ];

  test.each(theirs)('does not touch %s', async (_what, served) => {
    const { fake, file, publication } = bench({ served });
    expect(await codeOf(publication.publish('serve', NAME, 40_005))).toBe(
      'gateway.tailscale.taken',
    );
    expect(fake.changes()).toEqual([]);
    expect([fake.served(), existsSync(file)]).toEqual([served, false]);
  });

  test('keeps other paths of the same port as they are', async () => {
    const other = { '/docs': { Path: '/srv' } };
    const { fake, publication } = bench({
      served: { ...OURS, Web: { [`${NAME}:443`]: { Handlers: other } } },
    });
    await publication.publish('serve', NAME, 40_006);
    await publication.withdraw();
    expect(fake.served()).toMatchObject({ Web: { [`${NAME}:443`]: { Handlers: other } } });
  });

  test('that Tailscale refuses leaves nothing behind, and repeats what it said', async () => {
    const refusal = 'Serve is not enabled on your tailnet. To enable, visit: https://login/f';
    const { file, publication } = bench({ refusal });
    await expect(publication.publish('serve', NAME, 40_007)).rejects.toThrow(refusal);
    expect(existsSync(file)).toBe(false);
  });

  test('that cannot be undone is remembered', async () => {
    const { fake, file, publication } = bench();
    await publication.publish('serve', NAME, 40_008);
    fake.set({ delayMs: 60_000 });
    writeFileSync(join(file, '../bin/state'), 'not json');
    await publication.withdraw();
    expect(Publication.isLeft(file)).toBe(true);
  });
});

function tailnetOf(fake: FakeTailscale): Promise<Tailnet> {
  return openTailnet(TailscaleProgram.find(fake.path));
}

describe('this machine in its tailnet', () => {
  test('is known by its own name', async () => {
    const { fake } = bench({ name: 'Gate.Tail1234.ts.net' });
    expect((await tailnetOf(fake)).name).toBe(NAME);
    expect(fake.calls()[0]?.argv).toEqual(['status', '--json', '--peers=false']);
  });

  test.each([
    ['stopped', { backend: 'Stopped' }],
    ['logged out', { backend: 'NeedsLogin' }],
    ['without a name', { name: '' }],
    ['under a name that is none of a tailnet', { name: 'gate.evil.example' }],
  ])('%s publishes nothing', async (_what, state) => {
    const { fake } = bench(state);
    expect(await codeOf(tailnetOf(fake))).toBe('gateway.tailscale.not_running');
  });
});

function whois(fake: FakeTailscale, now?: () => number): Whois {
  return new Whois(TailscaleProgram.find(fake.path), now);
}

describe('who has an address', () => {
  const logins = { '100.64.0.9': 'ann@example.com', 'fd7a:115c:a1e0::9': 'bob@example.com' };

  test('is asked of tailscaled, once in a while', async () => {
    const { fake } = bench({ logins });
    let now = 0;
    const asked = whois(fake, () => now);
    const twice = [await asked.login('100.64.0.9'), await asked.login('100.64.0.9')];
    expect(twice).toEqual(['ann@example.com', 'ann@example.com']);
    expect(fake.calls().map(({ argv }) => argv)).toEqual([['whois', '--json', '100.64.0.9']]);
    fake.set({ logins: { '100.64.0.9': 'eve@example.com' } });
    now = 30_000;
    expect(await asked.login('100.64.0.9')).toBe('eve@example.com');
    expect(await asked.login('100.64.0.77')).toBeUndefined();
  });

  test('is nobody for an address that is none of a tailnet, and nothing is run for it', async () => {
    const { fake } = bench({ logins });
    const asked = whois(fake);
    for (const address of ['127.0.0.1', '8.8.8.8', '100.128.0.1', '::1', '--help', '', 'fd00::9']) {
      expect(await asked.login(address)).toBeUndefined();
    }
    expect(fake.calls()).toEqual([]);
    expect(await asked.login('fd7a:115c:a1e0::9')).toBe('bob@example.com');
  });

  test('P13.04: is asked by four at a time, and remembered for a few hundred', async () => {
    let running = 0;
    let most = 0;
    let calls = 0;
    const gates: (() => void)[] = [];
    const asked = new Whois({
      run: async () => {
        calls += 1;
        running += 1;
        most = Math.max(most, running);
        await new Promise<void>((resolve) => gates.push(resolve));
        running -= 1;
        return { ok: true, stdout: '{"UserProfile":{"LoginName":"x"}}', words: '' };
      },
    });
    const addresses = Array.from({ length: 50 }, (_, index) => `100.64.1.${String(index)}`);
    const answers = addresses.map((address) => asked.login(address));
    for (const open of gates) open();
    expect((await Promise.all(answers)).filter((login) => login === 'x')).toHaveLength(4);
    expect([most, calls]).toEqual([4, 4]);
  });
});
