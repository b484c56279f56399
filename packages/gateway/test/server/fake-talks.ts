/** Talks in memory: the agent echoes, and everything is announced as the real gateway announces it. */
import { PortcullisError } from '@portcullis/core';

import type {
  Caller,
  ChatSend,
  GatewayNotice,
  QueuedInputs,
  Services,
  SessionSummary,
  TranscriptMessage,
} from '../../src/services.ts';

interface Talk {
  summary: SessionSummary;
  messages: TranscriptMessage[];
}

interface Run {
  readonly key: string;
  readonly ended: Promise<'ok' | 'error' | 'aborted'>;
  finish(outcome: 'ok' | 'error' | 'aborted'): void;
  seq: number;
  text: string;
}

/** A session as the gateway lists it. */
export function summary(key: string, change: Partial<SessionSummary> = {}): SessionSummary {
  const now = Date.now();
  return {
    key,
    sessionId: `sid-${key}-${now}`,
    agentId: 'main',
    kind: key === 'agent:main:main' ? 'main' : 'direct',
    createdAt: now,
    updatedAt: now,
    messageCount: 0,
    inputTokens: 0,
    outputTokens: 0,
    status: 'idle',
    activeRunIds: [],
    ...change,
  };
}

/** Sessions as maps, and an agent that echoes. */
export class Talks {
  readonly sessions: Map<string, Talk> = new Map();
  readonly runs: Map<string, Run> = new Map();
  readonly outcomes: Map<string, 'ok' | 'error' | 'aborted'> = new Map();
  readonly sent: { caller: Caller; request: ChatSend }[] = [];
  queued: QueuedInputs = { items: [], total: 0 };
  /** How what waits was asked for. */
  readonly looked: object[] = [];
  readonly notify: (notice: GatewayNotice) => void;

  constructor(notify: (notice: GatewayNotice) => void) {
    this.notify = notify;
  }

  talk(key: string): Talk {
    let talk = this.sessions.get(key);
    if (talk === undefined) {
      talk = { summary: summary(key), messages: [] };
      this.sessions.set(key, talk);
    }
    return talk;
  }

  append(key: string, message: Omit<TranscriptMessage, 'id' | 'seq' | 'timestamp'>): void {
    const talk = this.talk(key);
    const seq = talk.messages.length + 1;
    const stored = { ...message, id: `m${seq}`, seq, timestamp: Date.now() };
    talk.messages.push(stored);
    talk.summary = { ...talk.summary, messageCount: seq, updatedAt: Date.now() };
    this.notify({ type: 'message', sessionKey: key, agentId: 'main', message: stored });
  }

  start(key: string, request: ChatSend): void {
    const { promise, resolve } = Promise.withResolvers<'ok' | 'error' | 'aborted'>();
    const runId = request.idempotencyKey;
    const run: Run = { key, ended: promise, finish: resolve, seq: 0, text: '' };
    this.runs.set(runId, run);
    this.append(key, { role: 'user', content: [{ type: 'text', text: request.message }], runId });
    const talk = this.talk(key);
    talk.summary = { ...talk.summary, status: 'running', activeRunIds: [runId], lastRunId: runId };
    this.notify({ type: 'session', sessionKey: key, agentId: 'main', reason: 'start' });
    void promise.then((outcome) => this.outcomes.set(runId, outcome));
    setImmediate(() => this.speak(runId, run, request.message));
  }

  delta(runId: string, run: Run, deltaText: string): void {
    run.seq += 1;
    run.text += deltaText;
    const common = { runId, sessionKey: run.key, agentId: 'main', seq: run.seq } as const;
    this.notify({ type: 'chat', ...common, state: 'delta', deltaText, text: run.text });
  }

  speak(runId: string, run: Run, message: string): void {
    const common = { runId, sessionKey: run.key, agentId: 'main' } as const;
    this.notify({ type: 'lifecycle', ...common, seq: 1, phase: 'start' });
    if (message === 'wait') {
      this.delta(runId, run, 'thinking');
      return;
    }
    for (const word of ['echo: ', message]) this.delta(runId, run, word);
    this.end(runId, message === 'fail' ? 'error' : 'ok');
  }

  end(runId: string, outcome: 'ok' | 'error' | 'aborted'): void {
    const run = this.runs.get(runId);
    if (run === undefined) return;
    this.runs.delete(runId);
    const { key, text } = run;
    const common = { runId, sessionKey: key, agentId: 'main', seq: run.seq + 1 } as const;
    if (outcome !== 'aborted') {
      const content = [{ type: 'text' as const, text }];
      const extra = { model: 'demo/echo', usage: { input: 2, output: 3 }, stopReason: 'stop' };
      this.append(key, { role: 'assistant', content, runId, ...extra });
    }
    const talk = this.talk(key);
    talk.summary = { ...talk.summary, status: 'done', activeRunIds: [] };
    const state = { ok: 'final', error: 'error', aborted: 'aborted' } as const;
    this.notify({ type: 'chat', ...common, state: state[outcome], text, stopReason: 'stop' });
    this.notify({ type: 'lifecycle', ...common, phase: outcome === 'error' ? 'error' : 'end' });
    this.notify({ type: 'session', sessionKey: key, agentId: 'main', reason: 'end' });
    run.finish(outcome);
  }
}

/** The chat over them. */
export function chatService(talks: Talks): Services['chat'] {
  return {
    send: async (caller, request) => {
      const { idempotencyKey: runId, sessionKey } = request;
      if (request.message === 'forbidden') {
        throw new PortcullisError('chat.denied', 'This conversation is closed.', {
          details: { decision: { code: 'dm.disabled' } },
        });
      }
      if (talks.runs.has(runId)) return { runId, sessionKey, status: 'in_flight' };
      const done = talks.outcomes.get(runId);
      if (done !== undefined) return { runId, sessionKey, status: done === 'ok' ? 'ok' : 'error' };
      talks.sent.push({ caller, request });
      talks.start(sessionKey, request);
      return { runId, sessionKey, status: 'started' };
    },
    history: async (sessionKey, { limit, offset = 0 }) => {
      const talk = talks.sessions.get(sessionKey);
      const all = talk?.messages ?? [];
      const end = Math.max(0, all.length - offset);
      const start = Math.max(0, end - limit);
      return {
        sessionKey,
        ...(talk !== undefined && { sessionId: talk.summary.sessionId }),
        messages: all.slice(start, end),
        totalMessages: all.length,
        hasMore: start > 0,
      };
    },
    queued: async (_sessionKey, options = {}) => {
      talks.looked.push(options);
      return talks.queued;
    },
    message: async (sessionKey, messageId) =>
      talks.sessions.get(sessionKey)?.messages.find(({ id }) => id === messageId),
    abort: async (_caller, { sessionKey, runId }) => {
      const stopped = [...talks.runs].filter(
        ([id, run]) => run.key === sessionKey && (runId === undefined || id === runId),
      );
      for (const [id] of stopped) talks.end(id, 'aborted');
      return stopped.map(([id]) => id);
    },
    abortOf: async (callerId) => {
      const stopped = talks.sent
        .filter(
          ({ caller, request }) => caller.id === callerId && talks.runs.has(request.idempotencyKey),
        )
        .map(({ request }) => request.idempotencyKey);
      for (const id of stopped) talks.end(id, 'aborted');
      return stopped;
    },
    wait: async (runId, timeoutMs) => {
      const done = talks.outcomes.get(runId);
      if (done !== undefined) return done;
      const timeout = new Promise<'timeout'>((resolve) => {
        setTimeout(resolve, timeoutMs, 'timeout').unref();
      });
      return Promise.race([talks.runs.get(runId)?.ended ?? timeout, timeout]);
    },
    resolveKey: (key) => {
      if (key === 'main') return 'agent:main:main';
      if (key.startsWith('agent:')) return key;
      throw new PortcullisError('chat.session_invalid', 'That is no session key.');
    },
  };
}

/** The sessions of them; counts how often they were listed. */
export function sessionService(talks: Talks, reads: { list: number }): Services['sessions'] {
  return {
    list: async (filter = {}) => {
      const { limit = 1000, offset = 0, agentIds, search, label, archived = 'all' } = filter;
      reads.list += 1;
      const all = [...talks.sessions.values()]
        .map((talk) => talk.summary)
        .filter((each) => agentIds === undefined || agentIds.includes(each.agentId))
        .filter((each) => archived === 'all' || (each.archivedAt !== undefined) === archived)
        .filter((each) => label === undefined || each.label === label)
        .filter((each) => filter.since === undefined || each.updatedAt >= filter.since)
        .filter((each) => filter.spokenIn !== true || each.messageCount > 0)
        .filter((each) => filter.spawnedBy === undefined || each.spawnedBy === filter.spawnedBy)
        .filter((each) => search === undefined || JSON.stringify(each).includes(search));
      return { sessions: all.slice(offset, offset + limit), total: all.length };
    },
    get: async (key) => talks.sessions.get(key)?.summary,
    reset: async (_caller, key) => {
      const talk = talks.sessions.get(key);
      if (talk === undefined) throw new PortcullisError('session.not_found', 'No such session.');
      talks.sessions.set(key, { summary: summary(key, { sessionId: 'fresh' }), messages: [] });
      talks.notify({ type: 'session', sessionKey: key, agentId: 'main', reason: 'reset' });
      return talks.talk(key).summary;
    },
    delete: async (_caller, key) => {
      if (key === 'agent:main:main') {
        throw new PortcullisError('session.main_kept', 'Cannot delete the main session (main).');
      }
      return talks.sessions.delete(key);
    },
    create: async (_caller, { key, agentId, label }) => {
      const known = talks.sessions.get(key);
      if (known !== undefined) return known.summary;
      const made = summary(key, { agentId, ...(label !== undefined && { label }) });
      talks.sessions.set(key, { summary: made, messages: [] });
      talks.notify({ type: 'session', sessionKey: key, agentId, reason: 'create' });
      return made;
    },
    patch: async (_caller, key, { label, pinned, archived }) => {
      const talk = talks.sessions.get(key);
      if (talk === undefined) throw new PortcullisError('session.not_found', 'No such session.');
      const { label: old, pinnedAt, archivedAt, ...rest } = talk.summary;
      const name = label === undefined ? old : (label ?? undefined);
      const pin = pinned === undefined ? pinnedAt : pinned ? Date.now() : undefined;
      const shelf = archived === undefined ? archivedAt : archived ? Date.now() : undefined;
      talk.summary = {
        ...rest,
        ...(name !== undefined && { label: name }),
        ...(pin !== undefined && { pinnedAt: pin }),
        ...(shelf !== undefined && { archivedAt: shelf }),
      };
      talks.notify({ type: 'session', sessionKey: key, agentId: 'main', reason: 'patch' });
      return talk.summary;
    },
  };
}
