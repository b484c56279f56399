/**
 * The attacks on the doors of control planes like this one that worked elsewhere, each from its start
 * to where it ends here, against a whole gateway.
 */
import { connect as connectTcp, type Socket } from 'node:net';
import { once } from 'node:events';

import { LIMITS } from '@portcullis/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import {
  connectDevice,
  connectParams,
  makeRawDevice,
  openAuthed,
  openRaw,
  type Frame,
} from '../../../packages/gateway/test/server/clients.ts';
import { UPGRADE, ask } from './ask.ts';
import { type RealGateway, TOKEN, startRealGateway } from './real-gateway.ts';

let gateway: RealGateway;

beforeAll(async () => {
  gateway = await startRealGateway();
});

afterAll(() => gateway.close());

const AUTH = { auth: { token: TOKEN } };

/** Runs `work` against a gateway of its own, which nobody else's guesses have locked. */
async function alone(config: object, work: (own: RealGateway) => Promise<void>): Promise<void> {
  const own = await startRealGateway(config);
  try {
    await work(own);
  } finally {
    await own.close();
  }
}

describe('another page hijacks the socket', () => {
  const FOREIGN = [
    'https://evil.example',
    'null',
    'file://',
    'http://localhost.evil.example',
    'http://127.0.0.1.evil.example',
    'http://evil@127.0.0.1',
    'http://127.0.0.1#.evil.example',
    'http://0x7f.1@evil.example',
    'chrome-extension://abcdefghijklmnop',
    'HTTPS://EVIL.EXAMPLE',
  ];

  test('P30.02: no foreign page gets as far as a socket, with or without what its browser sends', async () => {
    const statuses: (readonly [string, number])[] = [];
    for (const origin of FOREIGN) {
      const headers = { ...UPGRADE, Origin: origin, Cookie: `token=${TOKEN}` };
      statuses.push([origin, (await ask(gateway, 'GET', '/', { headers })).status]);
    }
    expect(statuses).toEqual(FOREIGN.map((origin) => [origin, 403]));
  });

  test('P30.02, P22.01: a page of this machine at another port holds nothing, even with the token', async () => {
    const raw = await openRaw(gateway, { headers: { Origin: 'http://localhost:5173' } });
    const { payload } = await raw.request('connect', connectParams(AUTH));
    expect(payload?.['auth']).toEqual({ role: 'operator', scopes: [] });
    expect((await raw.request('sessions.list')).error?.code).toBe('FORBIDDEN');
  });

  test('P30.02: two origins are none, and a page that hides its own is refused', async () => {
    const two = { ...UPGRADE, Origin: ['http://127.0.0.1:1', 'https://evil.example'] };
    expect((await ask(gateway, 'GET', '/', { headers: two })).status).toBe(403);
    const raw = await openRaw(gateway);
    const client = { id: 'openclaw-control-ui', version: '1', platform: 'web', mode: 'webchat' };
    const { error } = await raw.request('connect', connectParams({ ...AUTH, client }));
    expect(error?.details?.['code']).toBe('CONTROL_UI_ORIGIN_NOT_ALLOWED');
  });
});

test('P30.02, P31.04: a name rebound to this machine reaches neither sockets nor pages', async () => {
  const { port } = new URL(gateway.http);
  for (const name of ['evil.example', 'localhost.evil.example', '127.0.0.1.nip.io']) {
    const Host = `${name}:${port}`;
    const headers = { Host, Origin: `http://${Host}`, Authorization: `Bearer ${TOKEN}` };
    const upgrade = await ask(gateway, 'GET', '/', { headers: { ...UPGRADE, ...headers } });
    const page = await ask(gateway, 'GET', '/', { headers });
    const config = await ask(gateway, 'GET', '/control-ui-config.json', { headers });
    expect([name, upgrade.status, page.status, config.status]).toEqual([name, 421, 421, 421]);
  }
});

test('P29.01: the token in an address is refused, and in a cookie or a header lets nobody in', async () => {
  for (const path of [`/?token=${TOKEN}`, `/ws?a=1&password=${TOKEN}`, '/?access_token=wrong']) {
    expect((await ask(gateway, 'GET', path, { headers: UPGRADE })).status).toBe(400);
    expect((await ask(gateway, 'GET', path)).status).toBe(400);
  }
  const places = [
    { headers: { Authorization: `Bearer ${TOKEN}` } },
    { headers: { Cookie: `token=${TOKEN}` } },
    { headers: { 'X-OpenClaw-Token': TOKEN } },
  ];
  for (const place of places) {
    const raw = await openRaw(gateway, place);
    const { ok, error } = await raw.request('connect', connectParams({ auth: {} }));
    expect([ok, error?.code, error?.details]).toEqual([
      false,
      'NOT_PAIRED',
      { code: 'DEVICE_IDENTITY_REQUIRED' },
    ]);
  }
  expect(gateway.log()).not.toContain(TOKEN);
});

/** The head of a request for a tool. */
const head = (...lines: string[]): string =>
  ['POST /tools/invoke HTTP/1.1', 'Host: 127.0.0.1', ...lines, '', ''].join('\r\n');

/** Everything that is answered to bytes that are sent by hand. */
async function answerTo(bytes: string): Promise<string> {
  const { port } = new URL(gateway.http);
  const socket = connectTcp(Number(port), '127.0.0.1');
  let text = '';
  socket.on('data', (data) => (text += data.toString('latin1')));
  socket.on('error', () => undefined);
  socket.write(bytes, 'latin1');
  await once(socket, 'close');
  return text;
}

describe('a request hides another one', () => {
  const { length } = '{"tool":"exec"}';
  const SECOND = `POST /tools/invoke HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${TOKEN}\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\nConnection: close\r\n\r\n{"tool":"exec"}`;

  test.each([
    ['two ways to end it', head('Content-Length: 4', 'Transfer-Encoding: chunked')],
    ['two lengths', head('Content-Length: 4', `Content-Length: ${SECOND.length}`)],
    ['two lengths in one', head('Content-Length: 0, 5')],
    ['a negative length', head('Content-Length: -1')],
    ['a length that is none', head('Content-Length: 0x10')],
    ['chunks under another name', head('Transfer-Encoding: xchunked')],
    ['chunks that are not last', head('Transfer-Encoding: chunked, identity')],
    ['a blank before the colon', head('Content-Length : 0')],
    ['a folded header', head('X-A: b', ' Content-Length: 5')],
    ['a lone line feed', 'POST /tools/invoke HTTP/1.1\nHost: 127.0.0.1\nContent-Length: 0\n\n'],
    ['a NUL in a header', head('X-A: b\0c', 'Content-Length: 0')],
    ['a return in a header', head('X-A: b\rContent-Length: 0')],
    ['two names', head('Host: evil.example', 'Content-Length: 0')],
  ])('P29.02: by %s, and neither is served', async (_what, first) => {
    const before = gateway.state();
    const text = await answerTo(first + SECOND);
    const statuses = [...text.matchAll(/^HTTP\/1\.1 (\d{3})/gmu)].map(([, status]) => status);
    expect(statuses).toHaveLength(1);
    expect(['400', '421']).toContain(statuses[0]);
    expect(gateway.state()).toBe(before);
  });

  test('P29.02: behind one that is not answered yet, and is not served', async () => {
    const before = gateway.state();
    const first = 'GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n';
    const text = await answerTo(first + SECOND);
    expect(text.match(/HTTP\/1\.1 \d{3}/gu)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 400']);
    expect(gateway.state()).toBe(before);
  });

  test('P29.02: behind one that is refused unread, and is not served', async () => {
    const text = await answerTo(head(`Content-Length: ${SECOND.length}`) + SECOND);
    expect(text.match(/HTTP\/1\.1 \d{3}/gu)).toEqual(['HTTP/1.1 401']);
  });

  test('P31.04: without a name at all, it is not served', async () => {
    expect(await answerTo('GET /health HTTP/1.1\r\nConnection: close\r\n\r\n')).toMatch(
      /^HTTP\/1\.1 421/u,
    );
  });
});

describe('a client says it comes from elsewhere', () => {
  const CLAIMS = ['X-Forwarded-For', 'X-Real-IP', 'Forwarded', 'X-Forwarded-Host'] as const;

  test('P31.01, P29.04: and is turned away, before anything is compared', async () => {
    for (const name of CLAIMS) {
      const headers = { [name]: name === 'Forwarded' ? 'for=127.0.0.1' : '127.0.0.1' };
      const right = { ...headers, Authorization: `Bearer ${TOKEN}` };
      const page = await ask(gateway, 'GET', '/control-ui-config.json', { headers: right });
      const upgrade = await ask(gateway, 'GET', '/', { headers: { ...UPGRADE, ...headers } });
      expect([name, page.status, upgrade.status]).toEqual([name, 403, 403]);
    }
  });

  test('P31.01: and neither escapes its own lock nor locks out whom it names', async () => {
    await alone({ trustedProxies: ['127.0.0.9'] }, async (own) => {
      const guess = (from: string, claim: string, token = 'wrong') =>
        ask(own, 'GET', '/control-ui-config.json', {
          from,
          headers: { 'X-Forwarded-For': claim, Authorization: `Bearer ${token}` },
        });
      for (let round = 0; round < 12; round += 1) {
        await guess('127.0.0.9', `198.51.100.${String(round)}, 203.0.113.7`);
      }
      const victim = await guess('127.0.0.9', '198.51.100.3', TOKEN);
      const guesser = await guess('127.0.0.9', '127.0.0.1, 198.51.100.99, 203.0.113.7', TOKEN);
      const stranger = await guess('127.0.0.8', '203.0.113.8', TOKEN);
      expect([victim.status, guesser.status, stranger.status]).toEqual([200, 429, 403]);
    });
  });
});

/** Sockets that are held open and left alone. */
async function hold(count: number, from: string, bytes = ''): Promise<readonly Socket[]> {
  const { port } = new URL(gateway.http);
  const options = { port: Number(port), host: '127.0.0.1', localAddress: from };
  const sockets = Array.from({ length: count }, () => connectTcp(options));
  await Promise.all(
    sockets.map(async (socket) => {
      socket.on('error', () => undefined);
      await Promise.race([once(socket, 'connect'), once(socket, 'close')]);
      if (bytes !== '') socket.write(bytes);
    }),
  );
  return sockets;
}

describe('somebody floods the door', () => {
  const HALF = 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: ';

  test('P13.02: with silent and half-said connections, and whoever knows the token gets in', async () => {
    const before = process.memoryUsage().rss;
    const held = [
      ...(await hold(LIMITS.strangersPerClient + 200, '127.0.0.3')),
      ...(await hold(500, '127.0.0.4', HALF)),
    ];
    try {
      const begun = performance.now();
      const raw = await openAuthed(gateway, AUTH);
      expect((await raw.request('health')).ok).toBe(true);
      expect(performance.now() - begun).toBeLessThan(2000);
      expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024);
      const open = held.slice(0, LIMITS.strangersPerClient + 200).filter((each) => !each.closed);
      await expect
        .poll(() => open.filter(({ readyState }) => readyState === 'open').length)
        .toBeLessThanOrEqual(LIMITS.strangersPerClient);
    } finally {
      for (const socket of held) socket.destroy();
    }
  }, 60_000);

  test('P13.01: with guesses from where a device is, which is let in by its own proof', async () => {
    await alone({}, async (own) => {
      const device = makeRawDevice();
      const first = await connectDevice(own, device, AUTH);
      const { deviceToken } = (first.answer.payload ?? {})['auth'] as { deviceToken: string };
      const wrong = { auth: { token: 'a-guess-that-is-not-the-token-0001' } };
      let last: Frame | undefined;
      for (let round = 0; round < 14; round += 1) {
        const raw = await openRaw(own);
        last = await raw.request('connect', connectParams(wrong));
        raw.socket.terminate();
      }
      expect(last?.error?.details?.['code']).toBe('AUTH_RATE_LIMITED');
      const again = await connectDevice(own, device, { auth: { deviceToken } });
      expect(again.answer.ok).toBe(true);
    });
  });
});
