/**
 * The conversation: what is shown of a transcript, of an answer being written, of what was not
 * confirmed; and that a message is sent again as the same message.
 *
 * @module
 */
import type { Message } from '@portcullis/protocol';
import { describe, expect, test, vi } from 'vitest';

import { createChat } from '../src/state/chat.ts';
import {
  type Conversation,
  emptyConversation,
  withChatEvent,
  withHistory,
  withRefusedSend,
  withSend,
} from '../src/state/conversation.ts';

const KEY = 'agent:main:main';
const common = { runId: 'r1', sessionKey: KEY, seq: 1 };
const said = (text: string): { message: never } =>
  ({ message: { role: 'assistant', content: [{ type: 'text', text }], timestamp: 1 } }) as never;

function message(id: string, role: Message['role'], text: string, more: object = {}): Message {
  return {
    role,
    content: [{ type: 'text', text }],
    timestamp: 5,
    __openclaw: { id, seq: 1, recordTimestampMs: 5, runId: 'r1' },
    ...more,
  };
}

const history = (messages: Message[], more: object = {}): never =>
  ({ sessionKey: KEY, messages, hasMore: false, totalMessages: messages.length, ...more }) as never;

const shown = ({ lines }: Conversation): readonly string[] =>
  lines.map(
    ({ role, text, problem }) => `${role}: ${text}${problem === undefined ? '' : ` (${problem})`}`,
  );

describe('an answer', () => {
  test('grows by deltas, is replaced where the gateway says so, and ends once', () => {
    let now = emptyConversation(KEY);
    now = withChatEvent(now, { ...common, state: 'delta', deltaText: 'Hel', ...said('Hel') }, 9);
    expect(now.live).toEqual({ runId: 'r1', text: 'Hel' });
    now = withChatEvent(now, { ...common, state: 'delta', deltaText: 'lo', ...said('Hello') }, 9);
    expect(now.live).toEqual({ runId: 'r1', text: 'Hello' });
    now = withChatEvent(
      now,
      { ...common, state: 'delta', deltaText: 'Hi', replace: true, ...said('Hi') },
      9,
    );
    expect(now.live).toEqual({ runId: 'r1', text: 'Hi' });
    now = withChatEvent(now, { ...common, state: 'final', ...said('Hi!') }, 9);
    expect(now.live).toBeUndefined();
    expect(shown(now)).toEqual(['assistant: Hi!']);
  });

  test('of another session changes nothing', () => {
    const before = emptyConversation(KEY);
    const other = { ...common, sessionKey: 'agent:main:other' };
    expect(withChatEvent(before, { ...other, state: 'final', ...said('x') }, 9)).toBe(before);
  });

  test('that was stopped or failed keeps its text and says so', () => {
    let now = emptyConversation(KEY);
    now = withChatEvent(now, { ...common, state: 'delta', deltaText: 'Half', ...said('Half') }, 9);
    now = withChatEvent(now, { ...common, state: 'aborted', stopReason: 'rpc' }, 9);
    now = withChatEvent(
      now,
      { ...common, runId: 'r2', state: 'error', errorMessage: 'Too long.' },
      9,
    );
    expect(shown(now)).toEqual(['assistant: Half (Stopped.)', 'assistant:  (Too long.)']);
  });

  test('puts the message it answers before itself when no transcript came', () => {
    let now = withSend(emptyConversation(KEY), { idempotencyKey: 'r1', text: 'Hi', at: 1 });
    now = withChatEvent(now, { ...common, state: 'final', ...said('Hello') }, 9);
    expect(shown(now)).toEqual(['user: Hi', 'assistant: Hello']);
    expect(now.sends).toEqual([]);
  });
});

describe('a transcript', () => {
  test('shows users, assistants, tools, stops and failures; hides empty tool calls', () => {
    const now = withHistory(
      emptyConversation(KEY),
      history([
        message('1', 'user', 'Look'),
        message('2', 'assistant', '', { content: [{ type: 'toolCall', id: 't', name: 'web' }] }),
        message('3', 'toolResult', '404', { toolName: 'web', isError: true }),
        message('4', 'assistant', 'Half', { stopReason: 'aborted' }),
        message('5', 'assistant', '', { stopReason: 'error', errorMessage: 'No credit.' }),
        message('6', 'user', 'See', {
          content: [
            { type: 'text', text: 'See' },
            { type: 'image', mimeType: 'image/png', data: '' },
          ],
        }),
      ]),
    );
    expect(shown(now)).toEqual([
      'user: Look',
      'tool: 404 (The tool failed.)',
      'assistant: Half (Stopped.)',
      'assistant:  (No credit.)',
      'user: See\n\n*(1 image)*',
    ]);
  });

  test('takes over the messages it holds and leaves the others pending', () => {
    let now = emptyConversation(KEY);
    now = withSend(now, { idempotencyKey: 'r1', text: 'Stored', at: 1 });
    now = withSend(now, { idempotencyKey: 'r2', text: 'Lost', at: 2 });
    now = withHistory(now, history([message('1', 'user', 'Stored')]));
    expect(shown(now)).toEqual(['user: Stored']);
    expect(now.sends).toEqual([{ idempotencyKey: 'r2', text: 'Lost', at: 2 }]);
  });

  test('brings the running answer, unless more of it has arrived already', () => {
    const running = { inFlightRun: { runId: 'r1', text: 'One two', startedAt: 1 } };
    const empty = emptyConversation(KEY);
    expect(withHistory(empty, history([], running)).live).toEqual({ runId: 'r1', text: 'One two' });
    const ahead = { ...empty, live: { runId: 'r1', text: 'One two three' } };
    expect(withHistory(ahead, history([], running)).live?.text).toBe('One two three');
    expect(withHistory(ahead, history([])).live).toBeUndefined();
  });
});

test('the end of a run stays until the transcript has it', () => {
  let now = withChatEvent(
    emptyConversation(KEY),
    { ...common, state: 'aborted', stopReason: 'rpc' },
    9,
  );
  now = withHistory(now, history([message('1', 'user', 'Hi')]));
  expect(shown(now)).toEqual(['user: Hi', 'assistant:  (Stopped.)']);
  const stored = message('2', 'assistant', 'Half', { stopReason: 'aborted' });
  now = withHistory(now, history([message('1', 'user', 'Hi'), stored]));
  expect(shown(now)).toEqual(['user: Hi', 'assistant: Half (Stopped.)']);
});

test('a refused message says why and keeps its place', () => {
  let now = withSend(emptyConversation(KEY), { idempotencyKey: 'a', text: 'x', at: 1 });
  now = withRefusedSend(now, 'a', 'Too big.');
  expect(now.sends).toEqual([{ idempotencyKey: 'a', text: 'x', at: 1, problem: 'Too big.' }]);
});

describe('sending', () => {
  interface Sent {
    readonly sessionKey: string;
    readonly message: string;
    readonly idempotencyKey: string;
  }

  /** A chat whose sends are answered one after the other as told. */
  function chatWith(answers: object[]): { chat: ReturnType<typeof createChat>; sent: Sent[] } {
    const sent: Sent[] = [];
    const chat = createChat({
      async request(method: string, params: never): Promise<never> {
        if (method !== 'chat.send') return { ok: true, payload: history([]) } as never;
        sent.push(params);
        return (answers.shift() ?? { ok: true, payload: {} }) as never;
      },
    });
    chat.open(KEY);
    return { chat, sent };
  }

  const offline = { ok: false, error: { code: 'OFFLINE', message: 'away', retryable: true } };

  test('is repeated with the same key after the connection is back', async () => {
    const { chat, sent } = chatWith([offline]);
    await chat.send('Hello');
    expect(chat.conversation.get().sends).toMatchObject([{ text: 'Hello' }]);
    await chat.resume(KEY);
    expect(sent).toHaveLength(2);
    expect(sent[1]).toEqual(sent[0]);
    expect(sent[0]?.idempotencyKey).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('a refused message is not repeated until somebody asks, then with the same key', async () => {
    const refused = { ok: false, error: { code: 'INVALID_REQUEST', message: 'Too big.' } };
    const { chat, sent } = chatWith([refused]);
    await chat.send('Hello');
    await chat.resume(KEY);
    expect(sent).toHaveLength(1);
    const [send] = chat.conversation.get().sends;
    expect(send?.problem).toBe('Too big.');
    if (send !== undefined) await chat.retry(send);
    expect(sent[1]).toEqual(sent[0]);
    expect(chat.conversation.get().sends[0]).not.toHaveProperty('problem');
  });

  test('what was written before the gateway said the key of its session goes there', async () => {
    const asked: object[] = [];
    const chat = createChat({
      async request(method: string, params: never): Promise<never> {
        asked.push({ method, params });
        return (asked.length === 1 ? offline : { ok: true, payload: history([]) }) as never;
      },
    });
    await chat.send('Early');
    await chat.resume(KEY);
    expect(asked.slice(1)).toEqual([
      { method: 'chat.startup', params: { sessionKey: KEY, limit: 200 } },
      {
        method: 'chat.send',
        params: expect.objectContaining({ sessionKey: KEY, message: 'Early' }),
      },
    ]);
  });

  test('a message that waits in one session is not lost by looking at another', async () => {
    const { chat, sent } = chatWith([offline]);
    await chat.send('Hello');
    chat.open('agent:main:other');
    expect(chat.conversation.get().sends).toEqual([]);
    await chat.resume(KEY);
    expect(sent.map(({ sessionKey }) => sessionKey)).toEqual([KEY, KEY]);
    expect(sent[1]).toEqual(sent[0]);
    chat.open(KEY);
    expect(chat.conversation.get().sends).toMatchObject([{ text: 'Hello' }]);
  });

  test('a busy gateway is asked again after the pause it names', async () => {
    const busy = {
      ok: false,
      error: { code: 'UNAVAILABLE', message: 'busy', retryable: true, retryAfterMs: 20 },
    };
    const { chat, sent } = chatWith([busy, busy]);
    await chat.send('Hello');
    await vi.waitFor(() => expect(sent).toHaveLength(3));
    expect(new Set(sent.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1);
    expect(chat.conversation.get().sends[0]).not.toHaveProperty('problem');
  });

  test('two messages have two keys', async () => {
    const { chat, sent } = chatWith([]);
    await chat.send('Hello');
    await chat.send('Hello');
    expect(new Set(sent.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(2);
  });
});
