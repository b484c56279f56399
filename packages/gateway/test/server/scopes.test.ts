import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { callMethod } from '../../src/server/index.ts';
import { type Bench, openAuthed, startBench } from './clients.ts';

let bench: Bench;

beforeEach(async () => {
  bench = await startBench();
});

afterEach(() => bench.close());

describe('the scope is checked before the parameters', () => {
  const cases = [
    { held: ['operator.read'], method: 'chat.send', missing: 'operator.write' },
    { held: ['operator.write'], method: 'sessions.reset', missing: 'operator.admin' },
    { held: ['operator.write'], method: 'device.pair.list', missing: 'operator.pairing' },
    { held: ['operator.pairing'], method: 'sessions.list', missing: 'operator.read' },
    { held: ['operator.read'], method: 'no.such.method', missing: 'operator.admin' },
    { held: ['owner'], method: 'status', missing: 'operator.read' },
    { held: ['Operator.Admin'], method: 'status', missing: 'operator.read' },
  ];

  test.each(cases)('$held may not call $method', async ({ held, method, missing }) => {
    const raw = await openAuthed(bench, { scopes: held });
    const { error } = await raw.request(method, { nonsense: true });
    expect(error).toEqual({
      code: 'FORBIDDEN',
      message: `missing scope: ${missing}`,
      details: {
        reason: 'request.scope_missing',
        code: 'MISSING_SCOPE',
        missingScope: missing,
        requiredScopes: [missing],
      },
    });
  });

  test('write implies read, admin implies all', async () => {
    const writer = await openAuthed(bench, { scopes: ['operator.write'] });
    expect((await writer.request('status')).ok).toBe(true);
    const admin = await openAuthed(bench);
    expect((await admin.request('device.pair.list')).ok).toBe(true);
  });
});

test('an unknown method is named to admins only', async () => {
  const admin = await openAuthed(bench);
  for (const method of ['gateway.stop', 'constructor', '__proto__', 'toString']) {
    const { error } = await admin.request(method, {});
    expect(error).toMatchObject({ code: 'INVALID_REQUEST', message: `unknown method: ${method}` });
  }
});

test('parameters are closed, and absent ones are empty', async () => {
  const raw = await openAuthed(bench);
  const extra = await raw.request('sessions.list', { extra: 1 });
  expect(extra.error?.message).toBe(
    "invalid sessions.list params: at root: unexpected property 'extra'",
  );
  const type = await raw.request('sessions.list', { limit: 'many' });
  expect(type.error?.message).toBe('invalid sessions.list params: at /limit: must be integer');
  const missing = await raw.request('chat.abort', {});
  expect(missing.error?.message).toBe(
    "invalid chat.abort params: must have required property 'sessionKey'",
  );
  expect((await raw.request('system-presence', null)).ok).toBe(true);
  expect((await raw.request('last-heartbeat')).ok).toBe(true);
});

describe('in process', () => {
  const cli = { id: 'cli', kind: 'cli', local: true, scopes: ['operator.admin'] } as const;

  test('the same handlers answer without a socket', async () => {
    bench.services.addSession('agent:main:telegram:1');
    const list = await callMethod(bench.services, cli, 'sessions.list', { limit: 5 });
    expect(list.sessions.map((row) => row.key)).toEqual(['agent:main:telegram:1']);
    expect((await callMethod(bench.services, cli, 'health')).ok).toBe(true);
    const result = await callMethod(bench.services, cli, 'agent', {
      message: 'hi',
      idempotencyKey: 'cli-1',
    });
    expect(result).toMatchObject({ runId: 'cli-1', status: 'ok' });
    expect(bench.services.sent[0]?.caller).toEqual(cli);
  });

  test('with the same checks', async () => {
    const reader = { ...cli, scopes: ['operator.read'] };
    await expect(
      callMethod(bench.services, reader, 'sessions.reset', { key: 'main' }),
    ).rejects.toMatchObject({ code: 'request.scope_missing' });
    await expect(
      callMethod(bench.services, cli, 'sessions.list', { limit: 0 }),
    ).rejects.toMatchObject({
      code: 'request.invalid',
      message: 'invalid sessions.list params: at /limit: must be at least 1',
    });
  });

  test('a device removed in process loses its connection', async () => {
    const { connectDevice, makeRawDevice } = await import('./clients.ts');
    const device = makeRawDevice();
    const raw = await connectDevice(bench, device);
    await callMethod(bench.services, cli, 'device.pair.remove', { deviceId: device.id });
    expect((await raw.closed).code).toBe(4001);
  });
});
