/**
 * The connection against a gateway on loopback: handshake, order, silence, refusals, coming back.
 *
 * @module
 */
import type { EventFrame } from '@portcullis/protocol';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { type Connection, type ConnectionState, createConnection } from '../src/wire/connection.ts';
import { type Device, openDevice } from '../src/wire/device.ts';
import { type FakeGateway, type Script, startFakeGateway } from './fake/gateway.ts';

let device: Device;
let gateway: FakeGateway;
let connection: Connection;
let states: ConnectionState[];
let events: EventFrame[];

async function begin(
  script: Script = {},
  secret = 'secret',
  kind: 'shared' | 'setup' | 'device' = 'shared',
): Promise<void> {
  gateway = await startFakeGateway(script);
  states = [];
  events = [];
  connection = createConnection({
    url: gateway.url,
    device,
    credential: () => ({ kind, secret, scopes: ['operator.read', 'operator.write'] }),
    client: { id: 'openclaw-control-ui', version: '1', platform: 'web', mode: 'webchat' },
    onState: (state) => states.push(state),
    onEvent: (event) => events.push(event),
    pauses: { first: 10, longest: 40 },
    handshakeMs: 300,
  });
  connection.start();
}

const phases = (): readonly string[] => states.map(({ phase }) => phase);
const until = (holds: () => boolean): Promise<void> =>
  vi.waitFor(() => expect(holds()).toBe(true), { timeout: 5000, interval: 5 });
const online = (): Promise<void> => until(() => states.at(-1)?.phase === 'online');

beforeEach(async () => {
  device = await openDevice({ load: async () => undefined, save: async () => {} });
});

afterEach(async () => {
  connection.stop();
  await gateway.close();
});

test('answers the challenge with a proof the gateway verifies, then is online', async () => {
  await begin();
  await online();
  expect(phases()).toEqual(['connecting', 'online']);
  expect(gateway.connects).toEqual([
    {
      minProtocol: 4,
      maxProtocol: 4,
      client: { id: 'openclaw-control-ui', version: '1', platform: 'web', mode: 'webchat' },
      role: 'operator',
      scopes: ['operator.read', 'operator.write'],
      device: {
        id: device.id,
        publicKey: expect.stringMatching(/^[\w-]{43}$/),
        signature: expect.stringMatching(/^[\w-]{86}$/),
        signedAt: 1_700_000_000_000,
        nonce: expect.any(String),
      },
      auth: { token: 'secret', password: 'secret' },
    },
  ]);
});

test.each([
  ['setup', { bootstrapToken: 'secret' }],
  ['device', { deviceToken: 'secret' }],
] as const)(
  'puts a credential of the kind %s where it belongs, and signs it',
  async (kind, auth) => {
    await begin({}, 'secret', kind);
    await online();
    expect(gateway.connects[0]?.auth).toEqual(auth);
  },
);

test('sends no empty credential', async () => {
  await begin({}, '');
  await online();
  expect(gateway.connects[0]).not.toHaveProperty('auth');
});

describe('requests', () => {
  test('resolve with the payload or with the refusal, each to its own', async () => {
    await begin({
      answer: (method) =>
        method === 'models.list'
          ? { payload: { models: [] } }
          : { error: { code: 'FORBIDDEN', message: 'missing scope: operator.admin' } },
    });
    await online();
    const [models, reset] = await Promise.all([
      connection.request('models.list', {}),
      connection.request('sessions.reset', { key: 'main' }),
    ]);
    expect(models).toEqual({ ok: true, payload: { models: [] } });
    expect(reset).toEqual({
      ok: false,
      error: { code: 'FORBIDDEN', message: 'missing scope: operator.admin' },
    });
  });

  test('an error without code and message still gets an answer', async () => {
    await begin({ answer: () => ({ error: {} }) });
    await online();
    expect(await connection.request('models.list', {})).toEqual({
      ok: false,
      error: { code: 'UNAVAILABLE', message: 'The gateway refused without a reason.' },
    });
  });

  test('while offline, and cut off in the middle, are retryable', async () => {
    const offline = {
      ok: false,
      error: {
        code: 'OFFLINE',
        message: 'The page is not connected to the gateway.',
        retryable: true,
      },
    };
    await begin({ answer: () => new Promise(() => {}) });
    expect(await connection.request('models.list', {})).toEqual(offline);
    await online();
    const cut = connection.request('models.list', {});
    await until(() => gateway.requests.length === 1);
    gateway.clients[0]?.drop();
    expect(await cut).toEqual(offline);
  });
});

describe('events', () => {
  test('arrive in order; what is no frame is ignored', async () => {
    await begin();
    await online();
    gateway.clients[0]?.emit('tick', { ts: 1 });
    gateway.clients[0]?.emitAt(2, 'chat', { state: 'delta' });
    await until(() => events.length === 2);
    expect(events.map(({ event, seq }) => ({ event, seq }))).toEqual([
      { event: 'tick', seq: 1 },
      { event: 'chat', seq: 2 },
    ]);
    expect(phases()).toEqual(['connecting', 'online']);
  });

  test('a missing number makes a new connection, and its event is not delivered', async () => {
    await begin();
    await online();
    gateway.clients[0]?.emitAt(1, 'tick', { ts: 1 });
    gateway.clients[0]?.emitAt(3, 'chat', { state: 'final' });
    await until(() => gateway.connects.length === 2 && states.at(-1)?.phase === 'online');
    expect(phases()).toEqual(['connecting', 'online', 'waiting', 'connecting', 'online']);
    expect(events.map(({ event }) => event)).toEqual(['tick']);
    gateway.clients[1]?.emit('tick', { ts: 2 });
    await until(() => events.length === 2);
  });
});

describe('comes back', () => {
  test('after a restart of the gateway', async () => {
    await begin();
    await online();
    gateway.clients[0]?.drop();
    await until(() => gateway.connects.length === 2 && states.at(-1)?.phase === 'online');
    expect(phases()).toEqual(['connecting', 'online', 'waiting', 'connecting', 'online']);
  });

  test('when the gateway falls silent for two ticks', async () => {
    await begin({ tickIntervalMs: 40 });
    await until(() => gateway.connects.length >= 2);
    expect(phases().slice(0, 3)).toEqual(['connecting', 'online', 'waiting']);
  });

  test('when the gateway accepts the socket and never speaks', async () => {
    await begin({ challenges: false });
    await until(() => phases().includes('waiting'));
    expect(phases()).not.toContain('online');
  });

  test('after the pause the gateway asks for', async () => {
    const at: number[] = [];
    await begin({
      refuse() {
        at.push(Date.now());
        return at.length === 1
          ? { code: 'UNAVAILABLE', message: 'starting', retryable: true, retryAfterMs: 250 }
          : undefined;
      },
    });
    await online();
    expect((at[1] ?? 0) - (at[0] ?? 0)).toBeGreaterThanOrEqual(240);
  });

  test('by itself when a pending device is approved', async () => {
    let approved = false;
    await begin({
      refuse: () =>
        approved
          ? undefined
          : {
              code: 'NOT_PAIRED',
              message: 'pairing required: device is not approved yet',
              details: {
                code: 'PAIRING_REQUIRED',
                reason: 'not-paired',
                requestId: 'r-1',
                pauseReconnect: false,
              },
            },
    });
    await until(() => phases().includes('waiting'));
    expect(states.find(({ phase }) => phase === 'waiting')).toEqual({
      phase: 'waiting',
      refusal: {
        code: 'PAIRING_REQUIRED',
        title: 'This browser is not paired yet',
        advice: 'Approve it on the machine of the gateway. The page goes on by itself.',
        commands: ['openclaw devices list', 'openclaw devices approve r-1'],
        asksForToken: false,
        retries: true,
      },
    });
    approved = true;
    await online();
  });
});

describe('stops', () => {
  test.each([
    { code: 'AUTH_TOKEN_MISMATCH', title: 'The token is wrong', asksForToken: true },
    { code: 'AUTH_TOKEN_MISSING', title: 'A token is needed', asksForToken: true },
    { code: 'AUTH_RATE_LIMITED', title: 'Too many failed attempts', asksForToken: true },
    { code: 'PAIRING_REQUIRED', title: 'This browser is not paired yet', asksForToken: false },
    {
      code: 'CONTROL_UI_ORIGIN_NOT_ALLOWED',
      title: 'This address is not allowed',
      asksForToken: false,
    },
    {
      code: 'PROTOCOL_MISMATCH',
      title: 'Page and gateway speak different versions',
      asksForToken: false,
    },
  ])('on $code', async ({ code, title, asksForToken }) => {
    let attempts = 0;
    await begin({
      refuse() {
        attempts += 1;
        return { code: 'INVALID_REQUEST', message: 'no', details: { code } };
      },
    });
    await until(() => states.at(-1)?.phase === 'stopped');
    expect(states.at(-1)).toMatchObject({ refusal: { code, title, asksForToken, retries: false } });
    await new Promise((resolve) => setTimeout(resolve, 120));
    expect(attempts).toBe(1);
  });

  test('when told to, and starts again when told to', async () => {
    await begin();
    await online();
    connection.stop();
    expect(states.at(-1)).toEqual({ phase: 'stopped' });
    await new Promise((resolve) => setTimeout(resolve, 80));
    expect(gateway.connects).toHaveLength(1);
    connection.start();
    await online();
    expect(gateway.connects).toHaveLength(2);
  });
});

test('an unusual request id is not put into a command', async () => {
  await begin({
    refuse: () => ({
      code: 'NOT_PAIRED',
      message: 'pairing required',
      details: { code: 'PAIRING_REQUIRED', requestId: 'x; rm -rf ~' },
    }),
  });
  await until(() => states.at(-1)?.phase === 'stopped');
  expect(states.at(-1)).toMatchObject({
    refusal: { commands: ['openclaw devices list', 'openclaw devices approve'] },
  });
});
