/**
 * Codes and addresses that let somebody in once, and stored passwords: shown to a person, never to
 * the arguments of a process.
 *
 * @module
 */
import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { call, FakeOperator, Home } from './call.ts';

const CONFIG = "{ gateway: { mode: 'local', auth: { mode: 'token', token: 'x' } } }";
const MADE = {
  setupId: 's1',
  setupCode: 'c2V0dXA',
  gatewayUrl: 'wss://gate.example',
  auth: 'token',
  urlSource: 'publicUrl',
  access: 'limited',
  expiresAtMs: Date.now() + 600_000,
};
const LINK = 'http://127.0.0.1:19000/#bootstrapToken=once-only';

/** A home in which a gateway seems to run. */
function running(): Home {
  const home = new Home().write(CONFIG);
  const file = join(dirname(home.config), 'state', 'address.json');
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify({ host: '127.0.0.1', port: 19_000 }));
  return home;
}

const coder = () => new FakeOperator({ 'device.pair.setupCode': MADE });

const signer = (completion?: object) =>
  new FakeOperator({
    'device.pair.setupCode': { ...MADE, joinUrl: LINK },
    'device.pair.setupStatus': completion === undefined ? {} : { completion },
    'device.pair.reject': {},
  });

const DEVICE = { deviceId: 'd1', scopes: ['operator.read'], approvedAtMs: 0, connected: false };

const keeper = () =>
  new FakeOperator({
    'device.pair.list': {
      pending: [{ requestId: 'r1', deviceId: 'd2', scopes: [] }],
      paired: [DEVICE],
    },
    'device.pair.rename': { deviceId: 'd1', label: 'phone' },
    'device.token.rotate': { deviceId: 'd1', role: 'operator', scopes: ['operator.read'] },
    'device.token.revoke': { deviceId: 'd1', role: 'node' },
    'device.pair.remove': { deviceId: 'd1' },
    'device.pair.reject': { requestId: 'r1', deviceId: 'd2' },
  });

describe('qr', () => {
  test('draws the code for a person, and says how long it counts and how to take it back', async () => {
    const fake = coder();
    const home = new Home().write(CONFIG);
    const argv = ['qr', '--url', 'wss://gate.example'];
    const { code, stdout, stderr } = await call(argv, { home, tty: true, doors: fake.doors });
    expect(code).toBe(0);
    expect(stdout).toContain('Setup code  c2V0dXA');
    expect(stdout).toMatch(/[█▀▄]{8}/u);
    expect(stderr).toContain('openclaw devices reject s1');
    expect(fake.asked).toEqual([
      ['device.pair.setupCode', { publicUrl: 'wss://gate.example', bootstrapProfile: 'limited' }],
    ]);
  });

  test.each([
    [['--full'], {}],
    [['--node'], { bootstrapProfile: 'node' }],
  ])('with %j gives what it says and no more', async (more, expected) => {
    const fake = coder();
    const argv = ['qr', '--json', '--url', 'wss://gate.example', ...more];
    const { stdout } = await call(argv, { home: new Home().write(CONFIG), doors: fake.doors });
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, setupCode: 'c2V0dXA' });
    expect(fake.asked[0]?.[1]).toEqual({ publicUrl: 'wss://gate.example', ...expected });
  });

  test.each([
    ['where no other device could reach the gateway', [], 'device.address_unknown'],
    ['over a network others read', ['--url', 'ws://gate.example'], 'device.address_unsafe'],
    ['for an address that is none', ['--url', 'gate'], 'device.address_unsafe'],
  ])('makes no code %s', async (_name, more, says) => {
    const fake = coder();
    const options = { home: new Home().write(CONFIG), doors: fake.doors };
    const { code, stdout } = await call(['qr', '--json', ...more], options);
    expect(code).toBe(1);
    expect(stdout).toContain(says);
    expect(fake.asked).toEqual([]);
  });

  test('is for a person, unless it is said otherwise', async () => {
    const fake = coder();
    const options = { home: new Home().write(CONFIG), doors: fake.doors };
    const { stderr } = await call(['qr', '--url', 'wss://gate.example'], options);
    expect(stderr).toContain('[usage.confirmation]');
    expect(fake.asked).toEqual([]);
  });
});

describe('dashboard, while the gateway runs', () => {
  test('prints an address that signs in once, to a person alone', async () => {
    const shown = await call(['dashboard', '--no-open'], {
      home: running(),
      tty: true,
      doors: signer().doors,
    });
    expect(shown.stdout).toBe(`${LINK}\n`);
    const piped = await call(['dashboard', '--no-open'], {
      home: running(),
      doors: signer().doors,
    });
    expect(piped.stdout).not.toContain('once-only');
  });

  test('opens it from a file nobody else can read, which is gone when the browser is in', async () => {
    const fake = signer({ setupId: 's1', deviceId: 'd1', deviceName: 'Firefox' });
    const home = running();
    const opened: { path: string; mode: number; text: string }[] = [];
    const openFile = async (path: string) => {
      opened.push({ path, mode: statSync(path).mode & 0o777, text: readFileSync(path, 'utf8') });
      setImmediate(() => fake.emit('device.pair.resolved', { requestId: 's1', deviceId: 'd1' }));
      return true;
    };
    const { code, stdout, stderr } = await call(['dashboard'], {
      home,
      tty: true,
      doors: { ...fake.doors, openFile },
    });
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'Signed in: Firefox\n' });
    expect(stderr).not.toContain('once-only');
    const [page] = opened;
    expect(page?.mode).toBe(0o600);
    expect(page?.path).not.toContain('once-only');
    expect(page?.text).toContain(JSON.stringify(LINK));
    const left = readdirSync(join(dirname(home.config), 'state'));
    expect(left.filter((name) => name.startsWith('sign-in-'))).toEqual([]);
  });

  test('prints it where no browser can be opened', async () => {
    const { stdout } = await call(['dashboard'], {
      home: running(),
      tty: true,
      doors: { ...signer().doors, openFile: async () => false },
    });
    expect(stdout).toBe(`${LINK}\n`);
  });

  test('voids it when the user gives up waiting', async () => {
    const fake = signer();
    const stop = new AbortController();
    const openFile = async () => {
      setImmediate(() => stop.abort());
      return true;
    };
    const { code } = await call(['dashboard'], {
      home: running(),
      tty: true,
      signal: stop.signal,
      doors: { ...fake.doors, openFile },
    });
    expect(code).not.toBe(0);
    expect(fake.asked.at(-1)).toEqual(['device.pair.reject', { requestId: 's1' }]);
  });
});

describe('gateway hash-password', () => {
  test('turns a line of standard input into what the config may hold', async () => {
    const stdin = 'correct horse battery\n';
    const { code, stdout } = await call(['gateway', 'hash-password'], { stdin });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^scrypt:15:8:3:[\w-]{22}:[\w-]{43}\n$/);
    expect(stdout).not.toContain('horse');
  });

  test.each(['short', 'change-me-please', 'scrypt:15:8:3:abc:def', ''])(
    'refuses %j',
    async (password) => {
      const { code, stdout, stderr } = await call(['gateway', 'hash-password'], {
        stdin: `${password}\n`,
      });
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toContain('[gateway.password_weak]');
    },
  );

  test('refuses two that differ', async () => {
    const answers = ['correct horse battery', 'correct horse batterie'];
    const readSecret = async () => answers.shift() ?? '';
    const { stderr } = await call(['gateway', 'hash-password'], {
      tty: true,
      doors: { readSecret },
    });
    expect(stderr).toContain('[gateway.password_differs]');
  });
});

describe('devices', () => {
  test.each([
    [
      ['rename', 'd1', 'phone'],
      ['device.pair.rename', { deviceId: 'd1', label: 'phone' }],
    ],
    [
      ['rotate', 'd1', '--scopes', 'operator.read,operator.write'],
      [
        'device.token.rotate',
        { deviceId: 'd1', role: 'operator', scopes: ['operator.read', 'operator.write'] },
      ],
    ],
    [
      ['rotate', 'd1'],
      ['device.token.rotate', { deviceId: 'd1', role: 'operator' }],
    ],
    [
      ['revoke', 'd1', '--role', 'node'],
      ['device.token.revoke', { deviceId: 'd1', role: 'node' }],
    ],
  ])('%j asks the gateway for just that', async (argv, asked) => {
    const fake = keeper();
    const { code } = await call(['devices', ...argv], { doors: fake.doors });
    expect(code).toBe(0);
    expect(fake.asked).toEqual([asked]);
  });

  test('clear shuts everybody out, once that is confirmed', async () => {
    const fake = keeper();
    const declined = await call(['devices', 'clear'], {
      doors: { ...fake.doors, confirm: async () => false },
    });
    expect(declined.stderr).toContain('[usage.declined]');
    expect(fake.asked).toHaveLength(1);
    const { stdout } = await call(['devices', 'clear', '--pending', '--yes', '--json'], {
      doors: fake.doors,
    });
    expect(JSON.parse(stdout)).toEqual({ ok: true, removed: 1, rejected: 1 });
  });
});
