/**
 * What the fake gateway of the page tests says: two sessions, one channel, one pairing request, one question, and
 * an answer in two pieces.
 *
 * @module
 */
import type { Client, Reply, Script } from './gateway.ts';

const MAIN = 'agent:main:main';
const GARDEN = 'agent:main:garden';
const NOON = 1_700_000_000_000;

const ATTACK = `<script>globalThis.ran = 1</script>
<img src=x onerror="globalThis.ran = 1">
![x](https://example.test/leak.png) [x](javascript:globalThis.ran=1)
<div style="position:fixed">end of attack</div>`;

interface Row {
  readonly role: 'user' | 'assistant';
  readonly text: string;
  readonly runId: string;
  readonly stopReason?: string;
}

/** What the agent asks: a text that tries to be markup, and hides a change of direction. */
export const ASKED: Readonly<Record<string, unknown>> & { readonly id: string } = {
  id: 'fedcba9876543210fedcba9876543210',
  questions: [
    {
      questionId: 'answer',
      header: 'Question',
      question: '<img src=x onerror="globalThis.ran = 1"> Which \u202eone?',
      options: [{ label: 'red' }, { label: '<b>blue</b>' }],
      isOther: true,
    },
  ],
  agentId: 'main',
  sessionKey: 'agent:main:main',
  runId: 'r1',
  createdAtMs: NOON,
  expiresAtMs: NOON + 1_800_000,
  status: 'pending',
};

/** A script with its own memory. */
export function createScript(
  options: { readonly asked: readonly unknown[] } = { asked: [] },
): Script {
  const transcripts = new Map<string, Row[]>([
    [
      GARDEN,
      [
        { role: 'user', text: 'When do I plant garlic?', runId: 'g' },
        { role: 'assistant', text: 'In **October**, before the first frost.', runId: 'g' },
      ],
    ],
  ]);
  const rowsOf = (key: string): Row[] => {
    const rows = transcripts.get(key) ?? [];
    transcripts.set(key, rows);
    return rows;
  };
  let requests = [PAIRING];
  let questions = [QUESTION];
  let { asked } = options;
  return {
    answer(method, params: never, client): Reply | undefined {
      const { sessionKey = '', key = '', runId = '' } = params as Readonly<Record<string, string>>;
      switch (method) {
        case 'chat.startup':
        case 'chat.history':
          return { payload: toHistory(sessionKey, rowsOf(sessionKey)) };
        case 'chat.send':
          return send(params, rowsOf(sessionKey), client);
        case 'chat.abort':
          rowsOf(sessionKey).push({ role: 'assistant', text: '', runId, stopReason: 'aborted' });
          client.emit('chat', { runId, sessionKey, seq: 9, state: 'aborted', stopReason: 'rpc' });
          return { payload: { ok: true, aborted: true, runIds: [runId] } };
        case 'sessions.reset':
          transcripts.delete(key);
          return { payload: { ok: true, key, entry: {}, resolved: {} } };
        case 'channels.pairing.list':
          return { payload: { requests, commandOwnerConfigured: true } };
        case 'channels.pairing.approve':
        case 'channels.pairing.dismiss':
          requests = [];
          return { payload: {} };
        case 'question.list':
          return { payload: { questions: asked } };
        case 'question.resolve':
          asked = [];
          return { payload: { status: 'cancelled' } };
        case 'exec.approval.list':
          return { payload: questions };
        case 'exec.approval.resolve':
          questions = [];
          return { payload: { ok: true } };
        default:
          return Object.hasOwn(FIXED, method) ? { payload: FIXED[method] } : undefined;
      }
    },
  };
}

function send(params: never, rows: Row[], client: Client): Reply {
  const { sessionKey, message, idempotencyKey: runId } = params as Readonly<Record<string, string>>;
  rows.push({ role: 'user', text: message ?? '', runId: runId ?? '' });
  const say = (seq: number, state: string, text: string): void =>
    client.emit('chat', {
      runId,
      sessionKey,
      seq,
      state,
      ...(state === 'delta' ? { deltaText: text } : {}),
      message: { role: 'assistant', content: [{ type: 'text', text }], timestamp: NOON },
    });
  const whole = message === 'attack' ? ATTACK : 'The first half, and the second.';
  setTimeout(() => say(1, 'delta', message === 'attack' ? ATTACK : 'The first half'), 20);
  if (message !== 'wait for ever') {
    setTimeout(() => {
      rows.push({ role: 'assistant', text: whole, runId: runId ?? '' });
      say(2, 'final', whole);
    }, 400);
  }
  return { payload: { runId, status: 'started' } };
}

function toHistory(sessionKey: string, rows: readonly Row[]): object {
  const messages = rows.map(({ role, text, runId, stopReason }, index) => ({
    role,
    content: [{ type: 'text', text }],
    timestamp: NOON + index * 60_000,
    ...(stopReason === undefined ? {} : { stopReason }),
    __openclaw: { id: `${sessionKey}:${index}`, seq: index + 1, runId, recordTimestampMs: NOON },
  }));
  return { sessionKey, messages, hasMore: false, totalMessages: messages.length };
}

const session = (key: string, more: object): object => ({
  key,
  sessionId: key,
  agentId: 'main',
  kind: 'direct',
  isMain: key === MAIN,
  createdAt: NOON,
  updatedAt: NOON,
  status: 'done',
  hasActiveRun: false,
  activeRunIds: [],
  inputTokens: 0,
  outputTokens: 0,
  totalTokens: 0,
  ...more,
});

const PAIRING = {
  channel: 'telegram',
  accountId: 'default',
  requestId: 'KX7M2PQR',
  channelLabel: 'Telegram',
  senderId: '40215877',
  senderLabel: '40215877',
  createdAt: '2026-03-01T12:00:00Z',
  lastSeenAt: '2026-03-01T12:00:00Z',
  expiresAt: '2026-03-01T13:00:00Z',
  notifySupported: false,
};

/** Asks to send a text that tries to be markup, and hides a change of direction. */
const QUESTION = {
  id: '0123456789abcdef0123456789abcdef',
  approvalKind: 'exec',
  request: {
    command: 'send message',
    agentId: 'main',
    sessionKey: 'agent:main:telegram:direct:42',
    warningText: 'Only the owner sends to others.',
    tool: 'message',
    act: 'send a message to somebody else',
    effect: 'send message',
    subject: JSON.stringify({
      text: `<img src=x onerror="globalThis.ran = 1"> \u202eabc ${'long '.repeat(400)}the end`,
      to: ['telegram:43'],
    }),
    code: 'flow.message.not_owner',
    requester: 'telegram:42',
    digest: 'd1'.repeat(32),
    story: 'This session has read private data: workspace (2 times).\u200b It wants to write.',
    allowedDecisions: ['allow-once', 'allow-always', 'deny'],
  },
  createdAtMs: NOON,
  expiresAtMs: NOON + 1_800_000,
};

const FIXED: Readonly<Record<string, unknown>> = {
  'sessions.subscribe': { subscribed: true },
  'sessions.list': {
    sessions: [
      session(MAIN, { lastMessagePreview: 'The first half, and the second.' }),
      session(GARDEN, { label: 'Garden plans', lastMessagePreview: 'In October, before …' }),
    ],
  },
  'models.list': {
    models: [
      { id: 'demo/other', name: 'Other', provider: 'demo', available: true },
      { id: 'offline/demo', name: 'demo', provider: 'offline', available: true, tags: ['default'] },
    ],
  },
  'channels.status': {
    channelOrder: ['telegram'],
    channelLabels: { telegram: 'Telegram' },
    channelAccounts: {
      telegram: [
        { accountId: 'default', enabled: true, configured: true, connected: true, lastError: null },
      ],
    },
  },
};
