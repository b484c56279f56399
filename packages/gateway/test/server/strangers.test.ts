// Every door, tried by those who have no business there.
import { request as httpRequest } from 'node:http';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import {
  type Bench,
  connectDevice,
  connectParams,
  makeRawDevice,
  openAuthed,
  openRaw,
  startBench,
} from './clients.ts';
import { configText, TOKEN } from './fake-services.ts';

let bench: Bench;

beforeEach(async () => {
  bench = await startBench();
});

afterEach(() => bench.close());

function get(path: string, headers: Record<string, string> = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port: bench.server.port, path, headers };
    const request = httpRequest(options, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
    });
    request.on('error', reject);
    request.end();
  });
}

describe('the one path that asks for credentials', () => {
  const spellings = [
    '/control-ui-config.json',
    '/control-ui-config.json/',
    '/Control-UI-Config.JSON',
    '/%63ontrol-ui-config.json',
    '/control-ui-config%2ejson',
    '/control-ui-config.json%00',
    '/control-ui-config.json%20',
    '/control-ui-config.json;x=1',
    '//control-ui-config.json',
    '/./control-ui-config.json',
    '/x/../control-ui-config.json',
    '/x/%2e%2e/control-ui-config.json',
    '/__openclaw//control-ui-config.json',
    '\\control-ui-config.json',
    '/control-ui-config.json?token=x',
  ];

  test.each(spellings)('P29.01, P29.02: answers nobody without them as %s', async (path) => {
    for (const headers of [{}, { Authorization: 'Bearer wrong' }, { Authorization: TOKEN }]) {
      expect([400, 401, 404]).toContain(await get(path, headers as Record<string, string>));
    }
  });
});

/** A wrong guess that claims to come from elsewhere. */
function guessFrom(chain: string): Record<string, string> {
  return { 'X-Forwarded-For': chain, Authorization: 'Bearer wrong' };
}

describe('where somebody comes from', () => {
  const STATED: Readonly<Record<string, string>> = {
    'Tailscale-User-Login': 'owner@example.com',
    'Tailscale-User-Name': 'Owner',
    'X-User': 'owner',
    'X-Remote-User': 'owner',
    'X-Forwarded-User': 'owner',
    'X-Forwarded-Email': 'owner@example.com',
    Cookie: `token=${TOKEN}`,
  };

  test.each(Object.entries(STATED))('P29.04: is no credential: %s', async (name, value) => {
    bench.services.configure(configText({ tailscale: { mode: 'off' } }));
    expect(await get('/control-ui-config.json', { [name]: value })).toBe(401);
    const raw = await openRaw(bench, { headers: { [name]: value } });
    const { ok, error } = await raw.request('connect', connectParams({ auth: {} }));
    expect([ok, error?.code]).toEqual([false, 'NOT_PAIRED']);
  });

  test('P29.04: this machine, is no credential', async () => {
    const raw = await connectDevice(bench, makeRawDevice(), { auth: {} });
    expect(raw.answer.ok).toBe(false);
  });

  test('P31.01: is what the socket says: no header changes who is locked out', async () => {
    bench.services.configure(configText({ trustedProxies: ['127.0.0.1'] }));
    const claims = [
      '127.0.0.1, 203.0.113.7',
      '::1,203.0.113.7',
      '10.0.0.1 , 8.8.8.8,   203.0.113.7',
      '[::ffff:127.0.0.1], 203.0.113.7',
      'unknown, 203.0.113.7',
    ];
    for (const chain of [...claims, ...claims]) {
      expect(await get('/control-ui-config.json', guessFrom(chain))).toBe(401);
    }
    const right = { Authorization: `Bearer ${TOKEN}` };
    const victim = { ...right, 'X-Forwarded-For': '1.2.3.4, 203.0.113.7' };
    expect(await get('/control-ui-config.json', victim)).toBe(429);
    const other = { ...right, 'X-Forwarded-For': '203.0.113.7, 203.0.113.8' };
    expect(await get('/control-ui-config.json', other)).toBe(200);
  });

  test.each([
    ['127.0.0.1'],
    ['::1'],
    [' 127.0.0.1 , 127.0.0.1'],
    ['[::1]'],
    ['localhost'],
    ['for=127.0.0.1'],
  ])('P31.01: is not this machine because a header says %j', async (chain) => {
    expect(await get('/health', { 'X-Forwarded-For': chain })).toBe(403);
    bench.services.configure(configText({ trustedProxies: ['127.0.0.1'] }));
    expect(await get('/readyz', { 'X-Forwarded-For': chain })).toBe(403);
  });

  test('P22.06: decides whose word about a user counts', async () => {
    const trustedProxy = { userHeader: 'x-user', allowUsers: ['ann'], allowLoopback: true };
    const proxied = (trustedProxies: readonly string[]): string =>
      JSON.stringify({
        gateway: { mode: 'local', trustedProxies, auth: { mode: 'trusted-proxy', trustedProxy } },
      });
    const attempt = async (headers: Record<string, string>): Promise<unknown> => {
      const raw = await connectDevice(bench, makeRawDevice(), { auth: {} }, { headers });
      return raw.answer.error?.details?.['code'];
    };
    bench.services.configure(proxied(['10.9.8.7']));
    expect(await attempt({ 'X-User': 'ann' })).toBe('AUTH_UNAUTHORIZED');
    await expect(attempt({ 'X-User': 'ann', 'X-Forwarded-For': '10.9.8.7' })).rejects.toThrow();
    bench.services.configure(proxied(['127.0.0.1']));
    const page = { 'X-User': 'ann', 'X-Forwarded-For': '203.0.113.7' };
    await expect(attempt({ ...page, Origin: 'https://evil.example' })).rejects.toThrow('403');
    await expect(attempt({ 'X-User': 'ann' })).rejects.toThrow();
  });
});

describe('a token', () => {
  test.each([
    ['a part of it', TOKEN.slice(0, -1)],
    ['more than it', `${TOKEN}x`],
    ['blanks around it', ` ${TOKEN} `],
    ['other case', TOKEN.toUpperCase()],
    ['a letter that looks alike', `\u{ff4b}${TOKEN.slice(1)}`],
    ['a letter that counts as the same', TOKEN.replace('k', '\u212a')],
    ['a NUL behind it', `${TOKEN}\0`],
    ['a megabyte', TOKEN.repeat(20_000)],
  ])('P29.05: is not opened by %s', async (_what, token) => {
    const raw = await openRaw(bench);
    const first = { minProtocol: 4, maxProtocol: 4, auth: { token } };
    raw.send({ type: 'req', id: 'x', method: 'connect', params: connectParams(first) });
    await raw.closed;
    expect(raw.frames.filter(({ ok }) => ok === true)).toEqual([]);
  });
});

describe('a frame', () => {
  test.each([
    ['a hundred thousand levels of lists', '['.repeat(100_000) + ']'.repeat(100_000)],
    ['a hundred thousand levels of objects', '{"a":'.repeat(100_000) + '1' + '}'.repeat(100_000)],
  ])('P33.05: of %s is no frame', async (_what, text) => {
    const raw = await openAuthed(bench);
    raw.socket.send(text);
    const answer = await raw.next(({ id }) => id === 'invalid');
    expect(answer.error?.message).toBe('invalid request frame: not JSON');
    expect((await raw.request('health')).ok).toBe(true);
  });

  test('P33.05: with a million keys is refused, and others are answered in time', async () => {
    const raw = await openAuthed(bench);
    const other = await openAuthed(bench);
    const keys = Array.from({ length: 1_000_000 }, (_, index) => `"k${String(index)}":1`);
    const begun = performance.now();
    raw.socket.send(`{"type":"req","id":"w","method":"sessions.list","params":{${keys.join()}}}`);
    expect((await other.request('health')).ok).toBe(true);
    const answer = await raw.next(({ id }) => id === 'w' || id === 'invalid');
    expect(answer.ok).toBe(false);
    expect(JSON.stringify(answer).length).toBeLessThan(2000);
    expect(performance.now() - begun).toBeLessThan(10_000);
  });
});
