import { createConnection } from 'node:net';

import { helloOkSchema } from '@portcullis/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import {
  type Bench,
  connect,
  connectParams,
  type Frame,
  makeRawDevice,
  openAuthed,
  openRaw,
  startBench,
} from './clients.ts';
import { configText, TOKEN } from './fake-services.ts';
import { publishedFaults } from './published-schema.ts';

let bench: Bench;

/** The error of a connect with `token`. */
async function attempt(token: string): Promise<Frame['error']> {
  const raw = await openRaw(bench);
  const { error } = await raw.request('connect', connectParams({ auth: { token } }));
  return error;
}

beforeEach(async () => {
  bench = await startBench();
});

afterEach(() => bench.close());

describe('hello-ok', () => {
  test('fits the published schema and our own', async () => {
    const { hello } = await connect(bench);
    expect(publishedFaults('HelloOk', hello)).toEqual([]);
    expect(helloOkSchema.safeParse(hello).error).toBeUndefined();
    expect(hello).toMatchObject({
      type: 'hello-ok',
      protocol: 4,
      auth: { role: 'operator', scopes: ['operator.admin'] },
      policy: { maxPayload: 26_214_400, maxBufferedBytes: 52_428_800, tickIntervalMs: 30_000 },
      snapshot: { sessionDefaults: { mainSessionKey: 'agent:main:main' }, authMode: 'token' },
    });
  });

  test('keeps paths from callers without admin', async () => {
    const { hello } = await connect(bench, { scopes: ['operator.read'] });
    expect(hello['snapshot']).not.toHaveProperty('configPath');
    expect(hello['snapshot']).not.toHaveProperty('stateDir');
  });
});

describe('the first frame', () => {
  const refusals = [
    {
      name: 'another method',
      frame: { type: 'req', id: '1', method: 'health' },
      message: 'invalid handshake: first request must be connect',
    },
    {
      name: 'an unknown client id',
      frame: {
        type: 'req',
        id: '1',
        method: 'connect',
        params: connectParams({ client: { id: 'evil', version: '1', platform: 'x', mode: 'cli' } }),
      },
      message: /^invalid connect params: at \/client\/id: must be one of /,
    },
    {
      name: 'an unexpected parameter',
      frame: { type: 'req', id: '1', method: 'connect', params: connectParams({ owner: true }) },
      message: "invalid connect params: at root: unexpected property 'owner'",
    },
    {
      name: 'a missing parameter',
      frame: {
        type: 'req',
        id: '1',
        method: 'connect',
        params: { minProtocol: 4, maxProtocol: 4 },
      },
      message: "invalid connect params: must have required property 'client'",
    },
    {
      name: 'an unknown role',
      frame: { type: 'req', id: '1', method: 'connect', params: connectParams({ role: 'owner' }) },
      message: 'invalid role',
    },
  ];

  test.each(refusals)('is refused with $name', async ({ frame, message }) => {
    const raw = await openRaw(bench);
    raw.send(frame);
    const response = await raw.next((each) => each.type === 'res');
    expect(response.ok).toBe(false);
    expect(response.error?.code).toBe('INVALID_REQUEST');
    expect(response.error?.message).toEqual(
      message instanceof RegExp ? expect.stringMatching(message) : message,
    );
    expect((await raw.closed).code).toBe(1008);
  });

  test('of another protocol is refused with both ranges', async () => {
    const raw = await openRaw(bench);
    const response = await raw.request(
      'connect',
      connectParams({ minProtocol: 1, maxProtocol: 3 }),
    );
    expect(response.error).toEqual({
      code: 'INVALID_REQUEST',
      message: 'protocol mismatch',
      details: {
        code: 'PROTOCOL_MISMATCH',
        clientMinProtocol: 1,
        clientMaxProtocol: 3,
        expectedProtocol: 4,
        minimumProbeProtocol: 3,
      },
    });
    expect((await raw.closed).code).toBe(1002);
  });

  test('of a probe may offer protocol 3, and a probe holds no scope', async () => {
    const client = { id: 'cli', version: 'dev', platform: 'linux', mode: 'probe' };
    const raw = await openAuthed(bench, { minProtocol: 3, maxProtocol: 3, client });
    expect((await raw.request('health')).ok).toBe(true);
    expect((await raw.request('status')).error?.code).toBe('FORBIDDEN');
  });

  test('that is not JSON closes the socket without an answer', async () => {
    const raw = await openRaw(bench);
    raw.socket.send('{"type":');
    expect(await raw.closed).toEqual({ code: 1000, reason: '' });
    expect(raw.frames.map((frame) => frame.event)).toEqual(['connect.challenge']);
  });

  test('that nests without end counts as no JSON', async () => {
    const raw = await openRaw(bench);
    raw.socket.send('['.repeat(10_000) + ']'.repeat(10_000));
    expect((await raw.closed).code).toBe(1000);
  });

  test('that is no request closes the socket', async () => {
    const raw = await openRaw(bench);
    raw.send({ hello: 'there' });
    expect(await raw.closed).toEqual({ code: 1008, reason: 'invalid request frame' });
  });

  test('P13.02: above 64 KiB is refused unread', async () => {
    const raw = await openRaw(bench);
    raw.socket.send(`"${'x'.repeat(70_000)}"`);
    expect(await raw.closed).toEqual({ code: 1009, reason: '' });
  });

  test('P13.02: in pieces above 64 KiB is refused as well', async () => {
    const raw = await openRaw(bench);
    for (let piece = 0; piece < 8; piece += 1) raw.socket.send('x'.repeat(10_000), { fin: false });
    expect((await raw.closed).code).toBe(1009);
  });

  test('that is no UTF-8 is refused', async () => {
    const raw = await openRaw(bench);
    raw.socket.send(Buffer.from([0x22, 0xff, 0xfe, 0x22]), { binary: false });
    expect((await raw.closed).code).toBe(1007);
  });

  test('followed by a flood is cut off', async () => {
    const raw = await openRaw(bench);
    // Pairing a device takes a commit; this one has to wait for another, and the flood arrives.
    void bench.services.store.transact(
      () => new Promise<void>((resolve) => setTimeout(resolve, 300)),
    );
    const params = makeRawDevice().prove(raw.nonce);
    raw.send({ type: 'req', id: '1', method: 'connect', params });
    for (let index = 0; index < 20; index += 1) {
      raw.send({ type: 'req', id: `h${index}`, method: 'health', params: {} });
    }
    expect(await raw.closed).toEqual({ code: 1008, reason: 'too many pending handshake frames' });
  });
});

describe('credentials', () => {
  test('a wrong token is refused so that the published client stops', async () => {
    await expect(connect(bench, { token: 'x'.repeat(26) })).rejects.toMatchObject({
      details: {
        code: 'AUTH_TOKEN_MISMATCH',
        authReason: 'token_mismatch',
        canRetryWithDeviceToken: false,
        recommendedNextStep: 'update_auth_credentials',
      },
    });
  });

  test('without a token and without a device there is nothing to go by', async () => {
    const raw = await openRaw(bench);
    const { error } = await raw.request('connect', connectParams({ auth: {} }));
    expect(error).toEqual({
      code: 'NOT_PAIRED',
      message: 'device identity required',
      details: { code: 'DEVICE_IDENTITY_REQUIRED' },
    });
  });

  test('the secret is accepted in either field', async () => {
    const raw = await openAuthed(bench, { auth: { password: TOKEN } });
    expect((await raw.request('status')).ok).toBe(true);
  });

  test.each(['token', 'password', 'access_token', 'api-key', 'Gateway-Token'])(
    'a secret in the address is refused, right or wrong: %s',
    async (name) => {
      await expect(openRaw(bench, { path: `/?a=1&${name}=${TOKEN}` })).rejects.toThrow('400');
      await expect(openRaw(bench, { path: `/?${name}=wrong` })).rejects.toThrow('400');
    },
  );

  test('an address may ask for something all the same', async () => {
    const raw = await openRaw(bench, { path: '/any/path?session=main&tokens=1' });
    expect((await raw.request('connect', connectParams())).ok).toBe(true);
  });

  test('a published placeholder authenticates nobody', async () => {
    bench.services.configure(configText().replace(TOKEN, 'replace-with-long-random-token'));
    const raw = await openRaw(bench);
    const auth = { token: 'replace-with-long-random-token' };
    const { error } = await raw.request('connect', connectParams({ auth }));
    expect(error?.details?.['code']).toBe('AUTH_TOKEN_MISMATCH');
  });

  test('guessing is locked out after ten wrong answers, on loopback too', async () => {
    for (let guess = 0; guess < 10; guess += 1) {
      expect((await attempt(`guess-${guess}`))?.details?.['code']).toBe('AUTH_TOKEN_MISMATCH');
    }
    const locked = await attempt(TOKEN);
    expect(locked).toMatchObject({
      code: 'INVALID_REQUEST',
      details: { code: 'AUTH_RATE_LIMITED', recommendedNextStep: 'wait_then_retry' },
      retryable: true,
    });
    // A whole number, or clients drop the answer: and never more than is left of the lock.
    const { retryAfterMs = 0 } = locked ?? {};
    expect(Number.isInteger(retryAfterMs)).toBe(true);
    expect(retryAfterMs).toBeGreaterThan(290_000);
    expect(retryAfterMs).toBeLessThanOrEqual(300_000);
  });

  test('P13.02: a client that says nothing is closed in time', async () => {
    await bench.close();
    bench = await startBench({ handshakeMs: 50 });
    const raw = await openRaw(bench);
    expect(await raw.closed).toEqual({ code: 1000, reason: '' });
  });

  test('P13.02: silent sockets of one client are bounded', async () => {
    const sockets = await Promise.all(Array.from({ length: 512 }, () => openRaw(bench)));
    await expect(openRaw(bench)).rejects.toThrow('503');
    for (const { socket } of sockets) socket.terminate();
  });
});

describe('after hello-ok', () => {
  test('a malformed frame is answered and the connection stays', async () => {
    const raw = await openAuthed(bench);
    raw.socket.send('not json');
    const invalid = await raw.next((frame) => frame.id === 'invalid');
    expect(invalid.error?.message).toBe('invalid request frame: not JSON');
    raw.send({ type: 'req', id: 'x', method: 'health', extra: 1 });
    const extra = await raw.next((frame) => frame.id === 'x');
    expect(extra.error?.message).toBe(
      "invalid request frame: at root: unexpected property 'extra'",
    );
    expect((await raw.request('health')).ok).toBe(true);
  });

  test('binary frames that hold JSON are treated the same', async () => {
    const raw = await openAuthed(bench);
    raw.socket.send(Buffer.from('{"type":"req","id":"b","method":"health"}'), { binary: true });
    expect((await raw.next((frame) => frame.id === 'b')).ok).toBe(true);
  });

  test('a second connect is refused', async () => {
    const raw = await openAuthed(bench);
    const { error } = await raw.request('connect', connectParams());
    expect(error?.message).toBe('connect is only valid as the first request');
  });

  test('frames above 64 KiB are read', async () => {
    const raw = await openAuthed(bench);
    const response = await raw.request('chat.send', {
      sessionKey: 'main',
      message: 'x'.repeat(200_000),
      idempotencyKey: 'big',
    });
    expect(response.ok).toBe(true);
  });

  test('P33.05: a frame of 100 MB is refused without being held', async () => {
    const raw = await openAuthed(bench);
    const before = process.memoryUsage().arrayBuffers;
    // A header that announces 100 MB, then silence: the announcement alone is enough.
    const header = Buffer.from([0x81, 0xff, 0, 0, 0, 0, 6, 0, 0, 0, 1, 2, 3, 4]);
    const inner: unknown = Reflect.get(raw.socket, '_socket');
    (inner as { write(data: Buffer): void }).write(header);
    expect((await raw.closed).code).toBe(1009);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(50_000_000);
  });

  test('P23.01: changed credentials end connections made with the old ones', async () => {
    const raw = await openAuthed(bench);
    bench.services.configure(configText().replace(TOKEN, 'another-secret-of-full-length'));
    expect(await raw.closed).toEqual({ code: 4001, reason: 'gateway auth changed' });
  });
});

test('bytes that are no HTTP are dropped', async () => {
  const socket = createConnection(bench.server.port, '127.0.0.1');
  const answer = await new Promise<string>((resolve) => {
    socket.on('data', (data) => resolve(String(data)));
    socket.write('\u0016\u0003\u0001 nonsense\r\n\r\n');
  });
  socket.destroy();
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
});
