import { type MethodName, METHODS } from '@portcullis/protocol';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import type { ToolAnswer } from '../../src/services.ts';
import { checkedCall, failedCall } from './checked-call.ts';
import { type Bench, openAuthed, type Raw, startBench } from './clients.ts';

let bench: Bench;
let raw: Raw;

beforeEach(async () => {
  bench = await startBench();
  raw = await openAuthed(bench);
});

afterEach(() => bench.close());

/** Calls a method of the connection under test. */
const call = (method: MethodName, params?: unknown) => checkedCall(raw, method, params);
const fail = (method: string, params?: unknown) => failedCall(raw, method, params);

const invokeRead = () => raw.request('tools.invoke', { name: 'read' });

/** Sends a message and waits for its end. */
async function say(
  message: string,
  key = 'main',
  idempotencyKey = `run-${message}`,
): Promise<void> {
  await call('chat.send', { sessionKey: key, message, idempotencyKey });
  await raw.next(
    (frame) =>
      frame.event === 'chat' &&
      frame.payload?.['runId'] === idempotencyKey &&
      frame.payload['state'] !== 'delta',
  );
}

describe('chat', () => {
  test('P12.01: a repeat is not processed again', async () => {
    await call('chat.send', { sessionKey: 'main', message: 'wait', idempotencyKey: 'once' });
    const repeat = { sessionKey: 'main', message: 'wait', idempotencyKey: 'once' };
    expect(await call('chat.send', repeat)).toEqual({ runId: 'once', status: 'in_flight' });
    await call('chat.abort', { sessionKey: 'main' });
    expect(bench.services.sent).toHaveLength(1);
    expect(bench.services.sent[0]?.caller).toMatchObject({ local: false, kind: 'operator' });
  });

  test('an empty message is refused', async () => {
    const params = { sessionKey: 'main', message: '  ', idempotencyKey: 'e' };
    expect(await fail('chat.send', params)).toMatchObject({
      code: 'INVALID_REQUEST',
      message: 'message or attachment required',
    });
  });

  test('P33.01: an attachment comes through; an oversized one does not', async () => {
    const attachment = { fileName: 'a.txt', mimeType: 'text/plain', content: 'aGk=', width: 3 };
    await call('chat.send', {
      sessionKey: 'main',
      message: '',
      idempotencyKey: 'att',
      attachments: [attachment],
    });
    expect(bench.services.sent[0]?.request.attachments).toEqual([
      { fileName: 'a.txt', mimeType: 'text/plain', content: 'aGk=' },
    ]);
    const large = { mimeType: 'image/png', content: 'A'.repeat(9_000_000) };
    const error = await fail('chat.send', {
      sessionKey: 'main',
      message: '',
      idempotencyKey: 'big',
      attachments: [large],
    });
    expect(error.message).toBe('attachment is larger than 6291456 bytes');
  });

  test('what policy denies is forbidden, with the decision', async () => {
    const params = { sessionKey: 'main', message: 'forbidden', idempotencyKey: 'f' };
    expect(await fail('chat.send', params)).toMatchObject({
      code: 'FORBIDDEN',
      details: { reason: 'chat.denied', decision: { code: 'dm.disabled' } },
    });
  });

  test('history is the transcript, oldest first, in pages from the newest', async () => {
    await say('one');
    await say('two');
    const page = await call('chat.history', { sessionKey: 'main', limit: 3 });
    expect(page).toMatchObject({
      sessionKey: 'main',
      hasMore: true,
      totalMessages: 4,
      nextOffset: 3,
      pendingInputs: { items: [], total: 0 },
      defaults: { modelProvider: 'demo', model: 'echo', contextTokens: 8000 },
      sessionInfo: { key: 'agent:main:main', isMain: true, status: 'done' },
    });
    const texts = (page['messages'] as { content: { text: string }[] }[]).map(
      (message) => message.content[0]?.text,
    );
    expect(texts).toEqual(['echo: one', 'two', 'echo: two']);
    const older = await call('chat.startup', { sessionKey: 'main', limit: 3, offset: 3 });
    expect(older['messages']).toMatchObject([
      { role: 'user', idempotencyKey: 'run-one:user', __openclaw: { id: 'm1', seq: 1 } },
    ]);
  });

  test('history of an unknown session is empty', async () => {
    const page = await call('chat.history', { sessionKey: 'agent:main:nowhere' });
    expect(page).toMatchObject({ messages: [], totalMessages: 0, hasMore: false });
  });

  test('history is cut to the bytes and characters a client can take', async () => {
    await say('x'.repeat(3000), 'main', 'long');
    const short = await call('chat.history', { sessionKey: 'main', maxChars: 10 });
    const [first] = short['messages'] as { content: { text: string }[] }[];
    expect(first?.content[0]?.text).toBe('xxxxxxxxxx\u2026');
    const small = await call('chat.history', { sessionKey: 'main', maxBytes: 1024 });
    expect(small['messages']).toHaveLength(1);
    expect(small['hasMore']).toBe(true);
  });

  test('an old cursor means: read again', async () => {
    const answer = await call('chat.history', { sessionKey: 'main', cursor: 'old' });
    expect(answer).toEqual({ kind: 'reset' });
  });

  test('a message written under a transcript that has grown is refused', async () => {
    const empty = {
      sessionKey: 'main',
      message: 'a',
      idempotencyKey: 'a',
      expectedLeafEntryId: null,
    };
    expect((await call('chat.send', empty))['status']).toBe('started');
    await raw.next((frame) => frame.payload?.['state'] === 'final');
    expect((await call('chat.send', empty))['status']).toBe('ok');
    const late = { ...empty, idempotencyKey: 'b' };
    expect((await fail('chat.send', late)).details).toMatchObject({
      reason: 'active-leaf-changed',
    });
  });

  test('abort stops a run once', async () => {
    await call('chat.send', { sessionKey: 'main', message: 'wait', idempotencyKey: 'w' });
    const aborted = await call('chat.abort', { sessionKey: 'main', runId: 'w' });
    expect(aborted).toEqual({ ok: true, aborted: true, runIds: ['w'] });
    const event = await raw.next((frame) => frame.payload?.['state'] === 'aborted');
    expect(event.payload).toMatchObject({ runId: 'w', state: 'aborted' });
    const again = await call('chat.abort', { sessionKey: 'main' });
    expect(again).toEqual({ ok: true, aborted: false, runIds: [] });
  });
});

describe('agent', () => {
  test('answers twice on one id', async () => {
    raw.send({
      type: 'req',
      id: 'twice',
      method: 'agent',
      params: { message: 'hi', idempotencyKey: 'ag' },
    });
    await raw.next((frame) => frame.id === 'twice' && frame.payload?.['status'] === 'ok');
    const answers = raw.frames
      .filter((frame) => frame.id === 'twice')
      .map((frame) => frame.payload);
    expect(answers).toMatchObject([
      { runId: 'ag', sessionKey: 'agent:main:main', agentId: 'main', status: 'accepted' },
      {
        runId: 'ag',
        status: 'ok',
        summary: 'completed',
        result: {
          payloads: [{ text: 'echo: hi', mediaUrl: null }],
          meta: { agentMeta: { provider: 'demo', model: 'echo' } },
        },
      },
    ]);
    for (const answer of answers) expect(METHODS.agent.result.safeParse(answer).success).toBe(true);
  });

  test('wait ends with the run, or with its time', async () => {
    await call('chat.send', { sessionKey: 'main', message: 'wait', idempotencyKey: 'w' });
    expect(await call('agent.wait', { runId: 'w', timeoutMs: 20 })).toEqual({
      runId: 'w',
      status: 'timeout',
    });
    await call('chat.abort', { sessionKey: 'main' });
    expect(await call('agent.wait', { runId: 'w' })).toEqual({
      runId: 'w',
      status: 'error',
      error: 'aborted',
    });
  });

  test('one connection may wait for 32 runs, and the next is told to come back', async () => {
    await call('chat.send', { sessionKey: 'main', message: 'wait', idempotencyKey: 'w' });
    const waits = Array.from({ length: 32 }, () => raw.request('agent.wait', { runId: 'w' }));
    const { error } = await raw.request('agent.wait', { runId: 'w' });
    expect(error).toMatchObject({
      code: 'UNAVAILABLE',
      message: 'The server is busy. Please try again in a moment.',
      retryable: true,
    });
    expect((await raw.request('health')).ok).toBe(true);
    await call('chat.abort', { sessionKey: 'main' });
    const answers = await Promise.all(waits);
    expect(answers.every((answer) => answer.payload?.['status'] === 'error')).toBe(true);
  });

  test('calls of tools are waited for like runs, so that they take nobody else’s place', async () => {
    const { promise, resolve } = Promise.withResolvers<ToolAnswer>();
    vi.spyOn(bench.services.tools, 'invoke').mockReturnValue(promise);
    const calls = Array.from({ length: 32 }, invokeRead);
    expect((await invokeRead()).error).toMatchObject({ code: 'UNAVAILABLE', retryable: true });
    resolve({ ok: true, runId: 'r', text: 'read' });
    expect((await Promise.all(calls)).every(({ ok }) => ok === true)).toBe(true);
  });

  test('delivery to a network is refused rather than ignored', async () => {
    const error = await fail('agent', { message: 'hi', idempotencyKey: 'd', deliver: true });
    expect(error.code).toBe('INVALID_REQUEST');
  });

  test('identities and lists', async () => {
    expect(await call('agents.list')).toEqual({
      defaultId: 'main',
      mainKey: 'main',
      scope: 'per-sender',
      agents: [{ id: 'main', workspace: '/srv/workspace', model: { primary: 'demo/echo' } }],
    });
    expect(await call('agent.identity.get', { sessionKey: 'main' })).toEqual({
      agentId: 'main',
      name: 'Assistant',
      nameSource: 'default',
    });
    expect((await fail('agent.identity.get', { agentId: 'x' })).message).toBe(
      'unknown agent id "x"',
    );
    expect(await call('models.list')).toEqual({
      models: [
        {
          id: 'echo',
          name: 'Echo',
          provider: 'demo',
          available: true,
          contextWindow: 8000,
          tags: ['default'],
        },
      ],
    });
  });
});

describe('sessions', () => {
  test('are listed, described, previewed and resolved', async () => {
    await say('hello');
    bench.services.addSession('agent:main:telegram:1', { label: 'Ann', sessionId: 'abc-1' });
    const list = await call('sessions.list', { limit: 1 });
    expect(list).toMatchObject({ count: 1, totalCount: 2, nextOffset: 1, hasMore: true });
    const described = await call('sessions.describe', { key: 'main' });
    expect(described['session']).toMatchObject({ key: 'agent:main:main', hasActiveRun: false });
    expect(await call('sessions.describe', { key: 'agent:main:no' })).toEqual({ session: null });
    const preview = await call('sessions.preview', { keys: ['main', 'agent:main:no'] });
    expect(preview['previews']).toEqual([
      {
        key: 'main',
        status: 'ok',
        items: [
          { role: 'user', text: 'hello' },
          { role: 'assistant', text: 'echo: hello' },
        ],
      },
      { key: 'agent:main:no', status: 'missing', items: [] },
    ]);
    const found = { ok: true, key: 'agent:main:telegram:1', agentId: 'main', displayName: 'Ann' };
    expect(await call('sessions.resolve', { label: 'Ann' })).toEqual(found);
    expect(await call('sessions.resolve', { shortId: 'abc' })).toEqual(found);
    expect((await fail('sessions.resolve', { sessionId: 'zz' })).message).toBe(
      'No session found: zz',
    );
    const missing = { sessionId: 'zz', allowMissing: true };
    expect(await call('sessions.resolve', missing)).toEqual({ ok: false });
    expect((await call('sessions.get', { key: 'main', limit: 1 }))['messages']).toHaveLength(1);
  });

  test('a list is kept until something happens', async () => {
    for (let round = 0; round < 5; round += 1) await call('sessions.list', {});
    expect(bench.services.reads.list).toBe(1);
    await say('hello');
    expect((await call('sessions.list', {}))['count']).toBe(1);
  });

  test('send, abort, patch, reset and delete', async () => {
    const key = 'agent:main:side';
    const sent = await call('sessions.send', { key, message: 'wait', idempotencyKey: 's' });
    expect(sent).toEqual({ runId: 's', status: 'started' });
    expect(await call('sessions.abort', { runId: 's' })).toEqual({
      ok: true,
      aborted: true,
      runIds: ['s'],
    });
    expect(await call('sessions.patch', { key, label: 'Side' })).toMatchObject({
      ok: true,
      key,
      entry: { label: 'Side' },
    });
    const stale = { key, expectedSessionId: 'another' };
    expect((await fail('sessions.reset', stale)).details).toMatchObject({
      reason: 'session-changed',
    });
    expect(await call('sessions.reset', { key, reason: 'new' })).toMatchObject({
      entry: { sessionId: 'fresh' },
    });
    expect((await call('chat.history', { sessionKey: key }))['messages']).toEqual([]);
    const gone = { ok: true, key, deleted: true, archived: [] };
    expect(await call('sessions.delete', { key })).toEqual(gone);
    expect((await fail('sessions.delete', { key: 'main' })).message).toBe(
      'Cannot delete the main session (main).',
    );
    expect((await fail('sessions.abort', {})).message).toBe('key or runId required');
  });
});
