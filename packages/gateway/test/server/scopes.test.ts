import { type MethodName, METHODS } from '@portcullis/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { callMethod } from '../../src/server/index.ts';
import { type Bench, openAuthed, startBench } from './clients.ts';

let bench: Bench;

beforeEach(async () => {
  bench = await startBench();
});

afterEach(() => bench.close());

const STRANGER = { client: { id: 'test', version: '1', platform: 'x', mode: 'test' } };

/** What every scope opens, read off the table by hand: a change here is a change of authority. */
const OPENED: Readonly<Record<string, readonly string[]>> = {
  'operator.pairing': [
    'channels.pairing.list',
    'channels.pairing.approve',
    'channels.pairing.dismiss',
    'channels.pairing.revoke',
    'device.pair.list',
    'device.pair.approve',
    'device.pair.reject',
    'device.pair.remove',
    'device.pair.rename',
    'device.token.rotate',
    'device.token.revoke',
  ],
  'operator.write': [
    'chat.send',
    'chat.abort',
    'agent',
    'agent.wait',
    'sessions.send',
    'sessions.abort',
    'sessions.patch',
  ],
  'operator.admin': [
    'sessions.reset',
    'sessions.delete',
    'outbox.retry',
    'cron.add',
    'cron.update',
    'cron.remove',
    'cron.run',
    'exec.approvals.get',
    'exec.approvals.set',
    'outbox.drop',
    'mcp.inspect',
    'mcp.accept',
    'workspace.list',
    'workspace.adopt',
    'update.status',
  ],
  'operator.approvals': [
    'exec.approval.list',
    'exec.approval.get',
    'exec.approval.resolve',
    'exec.approval.grants.list',
    'exec.approval.grants.revoke',
    'approval.get',
    'approval.history',
    'plugin.approval.list',
    'openclaw.approval.list',
  ],
  'operator.questions': ['question.list', 'question.get', 'question.resolve'],
};

test('every method that is not for readers is listed here', () => {
  const byScope = Map.groupBy(Object.keys(METHODS) as MethodName[], (name) => METHODS[name].scope);
  expect(byScope.get('none')).toEqual(['health']);
  for (const [scope, methods] of Object.entries(OPENED)) {
    expect([...(byScope.get(scope as 'operator.read') ?? [])].toSorted()).toEqual(
      methods.toSorted(),
    );
  }
  const scopes = [...byScope.keys()].toSorted();
  expect(scopes).toEqual(['none', 'operator.read', ...Object.keys(OPENED)].toSorted());
});

test('P29.01: a connection without scopes may call health and nothing else', async () => {
  const raw = await openAuthed(bench, STRANGER);
  for (const method of Object.keys(METHODS) as MethodName[]) {
    const { ok, error } = await raw.request(method, {});
    expect([method, ok === true || error?.code]).toEqual([
      method,
      method === 'health' ? true : 'FORBIDDEN',
    ]);
  }
});

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
  for (const method of ['gateway.stop', 'constructor', '__proto__', 'toString', 'config.set']) {
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
