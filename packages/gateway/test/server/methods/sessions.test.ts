import type { MethodName } from '@portcullis/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { checkedCall, failedCall } from '../checked-call.ts';
import { type Bench, openAuthed, type Raw, startBench } from '../clients.ts';

let bench: Bench;
let raw: Raw;

beforeEach(async () => {
  bench = await startBench();
  raw = await openAuthed(bench);
});

afterEach(() => bench.close());

const call = (method: MethodName, params?: unknown) => checkedCall(raw, method, params);
const fail = (method: string, params?: unknown) => failedCall(raw, method, params);

async function keys(params: Record<string, unknown>): Promise<readonly string[]> {
  const { sessions } = await call('sessions.list', params);
  return (sessions as { key: string }[]).map(({ key }) => key).toSorted();
}

describe('sessions.create', () => {
  test('makes an empty session of the agent, and says so to those who follow', async () => {
    await call('sessions.subscribe');
    const made = await call('sessions.create', { label: 'Trip', agentId: 'main' });
    expect(made).toMatchObject({ ok: true, runStarted: false, entry: { label: 'Trip' } });
    expect(made['key']).toMatch(/^agent:main:[0-9a-f-]{36}$/u);
    expect(made['resolved']).toEqual({ modelProvider: 'demo', model: 'echo' });
    const told = await raw.next((frame) => frame.event === 'sessions.changed');
    expect(told.payload).toMatchObject({ sessionKey: made['key'], reason: 'create' });
    expect(bench.services.sent).toEqual([]);
  });

  test('takes the first message along', async () => {
    const made = await call('sessions.create', {
      key: 'tui-1',
      agentId: 'main',
      message: 'hello',
      idempotencyKey: 'first',
      parentSessionKey: 'agent:main:main',
      succeedsParent: true,
      emitCommandHooks: true,
    });
    expect(made).toMatchObject({ key: 'agent:main:tui-1', runStarted: true, runId: 'first' });
    expect(bench.services.sent[0]?.request).toMatchObject({
      sessionKey: 'agent:main:tui-1',
      message: 'hello',
    });
  });

  test('keeps the session that is there', async () => {
    bench.services.addSession('agent:main:old', { sessionId: 'sid-old', label: 'Old' });
    const again = await call('sessions.create', { key: 'agent:main:old', label: 'New' });
    expect(again).toMatchObject({ sessionId: 'sid-old', entry: { label: 'Old' } });
  });

  test('refuses what would loosen or tighten a session in ways it cannot keep', async () => {
    for (const wish of [
      { permissionMode: 'read-only' },
      { incognito: true },
      { toolOverrides: { webSearch: false } },
      { fork: true },
      { execNode: 'n' },
      { spawnDepth: 1 },
      { worktree: true },
    ]) {
      const { message } = await fail('sessions.create', wish);
      expect(message).toContain(`unexpected property '${Object.keys(wish)[0]}'`);
    }
    const other = await fail('sessions.create', { model: 'demo/other' });
    expect(other.details).toMatchObject({ reason: 'model-not-offered' });
    await call('sessions.create', { model: 'demo/echo' });
    await call('sessions.create', { model: null });
  });
});

describe('sessions.patch', () => {
  beforeEach(() => bench.services.addSession('agent:main:side', { sessionId: 's1' }));

  test('pins, archives, names, and takes it back', async () => {
    const key = 'agent:main:side';
    const pinned = await call('sessions.patch', { key, pinned: true, label: 'Side' });
    expect(pinned).toMatchObject({ entry: { label: 'Side', pinnedAt: expect.any(Number) } });
    const { session } = await call('sessions.describe', { key });
    expect(session).toMatchObject({ pinned: true, archived: false });
    await call('sessions.patch', { key, archived: true, pinned: false, label: null });
    const after = await call('sessions.describe', { key });
    expect(after['session']).toMatchObject({ pinned: false, archived: true });
    expect(after['session']).not.toHaveProperty('label');
  });

  test('a session has no settings of its own: only their absence is accepted', async () => {
    const key = 'agent:main:side';
    await call('sessions.patch', { key, thinkingLevel: null, model: null, unread: false });
    expect((await fail('sessions.patch', { key, thinkingLevel: 'high' })).message).toContain(
      'at /thinkingLevel',
    );
    expect((await fail('sessions.patch', { key, execSecurity: 'full' })).message).toContain(
      "unexpected property 'execSecurity'",
    );
    expect((await fail('sessions.patch', { key, model: 'demo/other' })).details).toMatchObject({
      reason: 'model-not-offered',
    });
  });

  test('a change meant for an earlier life of the session is refused', async () => {
    const params = { key: 'agent:main:side', expectedSessionId: 'earlier', pinned: true };
    expect((await fail('sessions.patch', params)).details).toMatchObject({
      reason: 'session-changed',
    });
  });
});

describe('sessions.list', () => {
  beforeEach(() => {
    const { services } = bench;
    services.addSession('agent:main:main', { messageCount: 2 });
    services.addSession('agent:main:old', { updatedAt: 1000, label: 'Old' });
    services.addSession('agent:main:away', { archivedAt: 5 });
    services.addSession('agent:gone:x', { agentId: 'gone' });
    services.addSession('agent:main:sub', { spawnedBy: 'agent:main:main' });
  });

  const cases: readonly (readonly [Record<string, unknown>, readonly string[]])[] = [
    [{}, ['agent:gone:x', 'agent:main:main', 'agent:main:old', 'agent:main:sub']],
    [{ archived: true }, ['agent:main:away']],
    [{ archived: 'all', search: 'away' }, ['agent:main:away']],
    [{ activeMinutes: 5, agentId: 'main' }, ['agent:main:main', 'agent:main:sub']],
    [{ label: 'Old' }, ['agent:main:old']],
    [{ label: 'Ol' }, []],
    [{ requireLastInteraction: true }, ['agent:main:main']],
    [{ spawnedBy: 'main' }, ['agent:main:sub']],
    [{ configuredAgentsOnly: true }, ['agent:main:main', 'agent:main:old', 'agent:main:sub']],
    [{ configuredAgentsOnly: true, agentId: 'gone' }, []],
    [{ ownerId: 'somebody' }, []],
    [{ boardFace: 'dashboard' }, []],
  ];

  test.each(cases)('%j', async (params, expected) => {
    expect(await keys(params)).toEqual(expected);
  });
});

describe('a session is named', () => {
  test('by a bare name, within its agent', async () => {
    bench.services.addSession('agent:main:notes', { sessionId: 'n1' });
    const { session } = await call('sessions.describe', { key: 'notes' });
    expect(session).toMatchObject({ key: 'agent:main:notes' });
  });

  test('by its id, for agent', async () => {
    bench.services.addSession('agent:main:notes', { sessionId: 'n1' });
    const params = { message: 'hi', idempotencyKey: 'a', sessionId: 'n1' };
    raw.send({ type: 'req', id: 'run', method: 'agent', params });
    const first = await raw.next((frame) => frame.id === 'run');
    expect(first.payload).toMatchObject({ sessionKey: 'agent:main:notes', status: 'accepted' });
    const missing = { message: 'hi', idempotencyKey: 'b', sessionId: 'none' };
    expect((await fail('agent', missing)).message).toBe('No session found: none');
  });

  test('archived, it is deleted only where that is asked for', async () => {
    bench.services.addSession('agent:main:live');
    const only = { key: 'agent:main:live', archivedOnly: true };
    expect(await call('sessions.delete', only)).toMatchObject({ deleted: false });
    await call('sessions.patch', { key: 'agent:main:live', archived: true });
    expect(await call('sessions.delete', only)).toMatchObject({ deleted: true });
  });
});

describe('wake', () => {
  test('speaks in the main session now, and waits for no heartbeat', async () => {
    expect(await call('wake', { mode: 'now', text: 'the post is here' })).toEqual({ ok: true });
    expect(bench.services.sent[0]?.request).toMatchObject({
      sessionKey: 'agent:main:main',
      message: 'the post is here',
    });
    const late = await fail('wake', { mode: 'next-heartbeat', text: 'x' });
    expect(late.details).toMatchObject({ reason: 'no-heartbeats' });
    expect(bench.services.sent).toHaveLength(1);
  });
});

describe('what a client asks for and does not get', () => {
  test('is refused by its name instead of being left out', async () => {
    const said = { sessionKey: 'main', message: 'hello', idempotencyKey: 'k' };
    const refused: readonly (readonly [string, object, string])[] = [
      ['chat.send', { ...said, deliver: true }, 'at /deliver: must be one of false'],
      ['chat.send', { ...said, originatingTo: '1' }, `unexpected property 'originatingTo'`],
      ['chat.send', { ...said, expectedPermissionMode: 'full' }, 'at /expectedPermissionMode'],
      [
        'agent',
        { message: 'x', idempotencyKey: 'k', channel: 'x' },
        `unexpected property 'channel'`,
      ],
      ['sessions.delete', { key: 'main', deleteTranscript: false }, 'at /deleteTranscript'],
    ];
    for (const [method, params, fault] of refused) {
      const error = await failedCall(raw, method, params);
      expect(error.message).toContain(fault);
    }
    expect(bench.services.sent).toEqual([]);
  });

  test('sessions.delete leaves a session that changed since it was seen', async () => {
    const key = 'agent:main:telegram:direct:42';
    bench.services.addSession(key, { updatedAt: 2000 });
    const old = { key, expectedSessionUpdatedAt: 1000 };
    expect(await failedCall(raw, 'sessions.delete', old)).toMatchObject({
      details: { reason: 'session-changed' },
    });
    const seen = { key, expectedSessionUpdatedAt: 2000 };
    expect(await checkedCall(raw, 'sessions.delete', seen)).toMatchObject({ deleted: true });
  });
});
