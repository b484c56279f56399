import { LIMITS, type MethodName } from '@portcullis/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { checkedCall, failedCall } from '../checked-call.ts';
import { type Bench, openAuthed, type Raw, startBench } from '../clients.ts';
import { publishedFaults } from '../published-schema.ts';

let bench: Bench;
let raw: Raw;

beforeEach(async () => {
  bench = await startBench();
  raw = await openAuthed(bench);
});

afterEach(() => bench.close());

const call = (method: MethodName, params?: unknown) => checkedCall(raw, method, params);
const fail = (method: string, params?: unknown) => failedCall(raw, method, params);

async function say(message: string): Promise<void> {
  const idempotencyKey = `run-${message}`;
  await call('chat.send', { sessionKey: 'main', message, idempotencyKey });
  await raw.next(
    (frame) =>
      frame.event === 'chat' &&
      frame.payload?.['runId'] === idempotencyKey &&
      frame.payload['state'] === 'final',
  );
}

function texts(page: Record<string, unknown>): readonly (string | undefined)[] {
  return (page['messages'] as { content: { text: string }[] }[]).map(
    (message) => message.content[0]?.text,
  );
}

describe('a cursor', () => {
  test('gives what came since, and a new cursor', async () => {
    await say('one');
    const { deltaCursor: cursor } = await call('chat.history', { sessionKey: 'main' });
    const nothing = await call('chat.history', { sessionKey: 'main', cursor });
    expect(nothing).toMatchObject({ kind: 'delta', messages: [], deltaCursor: cursor });
    await say('two');
    const delta = await call('chat.history', { sessionKey: 'main', cursor });
    expect(texts(delta)).toEqual(['two', 'echo: two']);
    expect(publishedFaults('ChatHistoryDeltaResult', delta)).toEqual([]);
    const next = { sessionKey: 'main', cursor: delta['deltaCursor'] };
    expect(await call('chat.startup', next)).toMatchObject({ kind: 'delta', messages: [] });
  });

  test('of another life, or of nothing, means: read the page again', async () => {
    await say('one');
    const { deltaCursor: cursor } = await call('chat.history', { sessionKey: 'main' });
    await call('sessions.reset', { key: 'main' });
    const odd = ['old', '', '/', 'fresh/99', 'fresh/-1', 'fresh/x', cursor];
    for (const each of odd) {
      const answer = await call('chat.history', { sessionKey: 'main', cursor: each });
      expect([each, answer]).toEqual([each, { kind: 'reset' }]);
    }
  });

  test('is on the newest page only', async () => {
    await say('one');
    const older = await call('chat.history', { sessionKey: 'main', offset: 1, limit: 1 });
    expect(older).not.toHaveProperty('deltaCursor');
    const unknown = await call('chat.history', { sessionKey: 'agent:main:none' });
    expect(unknown).not.toHaveProperty('deltaCursor');
  });
});

describe('a page', () => {
  test('with a message in its middle', async () => {
    for (const word of ['a', 'b', 'c']) await say(word);
    const page = await call('chat.history', { sessionKey: 'main', messageId: 'm2', limit: 2 });
    expect(texts(page)).toEqual(['echo: a', 'b']);
    expect(page).toMatchObject({ hasMore: true, nextOffset: 5 });
    const none = await fail('chat.history', { sessionKey: 'main', messageId: 'm99' });
    expect(none.details).toMatchObject({ reason: 'message-not-found' });
  });

  test('of an earlier life of the session is refused', async () => {
    await say('one');
    const stale = { sessionKey: 'main', sessionId: 'earlier' };
    expect((await fail('chat.history', stale)).details).toMatchObject({
      reason: 'session-changed',
    });
    const late = { ...stale, message: 'x', idempotencyKey: 'x' };
    expect((await fail('chat.send', late)).details).toMatchObject({ reason: 'session-changed' });
    expect(bench.services.sent).toHaveLength(1);
  });

  test('to start with is found by the beginning of a session id', async () => {
    bench.services.addSession('agent:main:notes', { sessionId: 'abcd-1' });
    const page = await call('chat.startup', { shortId: 'abcd', agentId: 'main', slugHint: 'n' });
    expect(page).toMatchObject({ sessionKey: 'agent:main:notes', sessionId: 'abcd-1' });
    expect((await fail('chat.startup', { shortId: 'zz' })).message).toBe('No session found: zz');
    expect((await fail('chat.startup', { limit: 3 })).code).toBe('INVALID_REQUEST');
  });
});

describe('one message', () => {
  test('is there whole, cut where asked, or not there', async () => {
    await say('a long story');
    const whole = await call('chat.message.get', { sessionKey: 'main', messageId: 'm1' });
    expect(whole).toMatchObject({ ok: true, message: { content: [{ text: 'a long story' }] } });
    const cut = { sessionKey: 'main', messageId: 'm1', maxChars: 6 };
    expect(await call('chat.message.get', cut)).toMatchObject({
      message: { content: [{ text: 'a long\u2026' }] },
    });
    const gone = { sessionKey: 'main', messageId: 'm9' };
    expect(await call('chat.message.get', gone)).toEqual({
      ok: false,
      unavailableReason: 'not_found',
    });
  });
});

describe('what waits for its turn', () => {
  test('is shown with the page and with what came since, in its order', async () => {
    const { talks } = bench.services;
    await say('one');
    const { deltaCursor: cursor } = await call('chat.history', { sessionKey: 'main' });
    talks.queued = {
      items: [
        { runId: 'second', text: 'and then', acceptedAt: 1000 },
        { runId: 'x'.repeat(257), text: 'a long story', acceptedAt: 2000 },
      ],
      total: 25,
      nextBefore: 24,
    };
    const pendingInputs = {
      items: [
        {
          id: 'second',
          runId: 'second',
          message: {
            role: 'user',
            content: [{ type: 'text', text: 'and then' }],
            timestamp: 1000,
          },
          acceptedAt: 1000,
          state: 'queued',
        },
        {
          id: 'x'.repeat(257),
          message: {
            role: 'user',
            content: [{ type: 'text', text: 'a long s\u2026' }],
            timestamp: 2000,
          },
          acceptedAt: 2000,
          state: 'queued',
        },
      ],
      total: 25,
      nextBefore: 24,
    };
    const shown = { sessionKey: 'main', maxChars: 8 };
    expect(await call('chat.history', shown)).toMatchObject({ pendingInputs });
    const delta = await call('chat.history', { ...shown, cursor });
    expect(delta).toMatchObject({ kind: 'delta', pendingInputs });
    expect(publishedFaults('ChatHistoryDeltaResult', delta, 'closed')).toEqual([]);
  });

  test('takes no more room than a page of what was said, however long it is', async () => {
    const text = 'x'.repeat(4_000_000);
    const { talks } = bench.services;
    talks.queued = {
      items: [1, 2, 3, 4].map((each) => ({ runId: `run-${String(each)}`, text, acceptedAt: each })),
      total: 4,
    };
    const { pendingInputs } = await call('chat.history', { sessionKey: 'main' });
    expect((pendingInputs as { items: unknown[] }).items).toHaveLength(4);
    expect(JSON.stringify(pendingInputs).length).toBeLessThan(LIMITS.history);
  });

  test('is asked for by its place in the line, or by its runs', async () => {
    await call('chat.history', { sessionKey: 'main', pendingBefore: 24 });
    await call('chat.startup', { sessionKey: 'main', inputRunIds: ['second'] });
    expect(bench.services.talks.looked).toEqual([{ before: 24 }, { runIds: ['second'] }]);
  });
});
