/**
 * Services in memory: sessions are maps, the agent echoes, and everything is announced as the real
 * gateway announces it.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type Job, type JobRun, PortcullisError, silentLogger } from '@portcullis/core';
import { openSqliteStore } from '@portcullis/store-sqlite';

import { parseConfig, resolvePaths } from '../../src/config/index.ts';
import { serverTables } from '../../src/server/index.ts';
import type {
  ApprovalItem,
  Caller,
  ChatSend,
  GatewayNotice,
  BudgetItem,
  OutboxItem,
  PairingRequest,
  QuestionItem,
  Services,
  SessionSummary,
  TranscriptMessage,
} from '../../src/services.ts';
import { fakeQuestions } from './fake-questions.ts';
import { fakeSchedule } from './fake-schedule.ts';
import { fakeToolServers } from './fake-tool-servers.ts';
import { createMemoryStore } from './memory-store.ts';

/** The shared token of every fake gateway. */
export const TOKEN = 'k7Qm2xV9bT4wZ8pL1nR6sD3fJ5';

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

/** Fake services with handles for tests. */
export interface FakeServices extends Services {
  readonly directory: string;
  /** Every message the agent was asked to answer, with the caller. */
  readonly sent: { caller: Caller; request: ChatSend }[];
  readonly pairingPending: PairingRequest[];
  readonly allowed: { channel: string; accountId: string; senderId: string }[];
  readonly outboxItems: OutboxItem[];
  readonly approvalItems: ApprovalItem[];
  readonly questionItems: QuestionItem[];
  readonly jobs: Map<string, Job>;
  readonly jobRuns: JobRun[];
  /** Replaces the configuration by another text. */
  configure(raw: string): void;
  notify(notice: GatewayNotice): void;
  addSession(key: string, change?: Partial<SessionSummary>): void;
  /** How often the list of sessions was read. */
  readonly reads: { list: number };
  dispose(): Promise<void>;
}

function summary(key: string, change: Partial<SessionSummary> = {}): SessionSummary {
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

/** Configuration text with the shared token. */
export function configText(gateway: Record<string, unknown> = {}): string {
  return JSON.stringify({
    gateway: { mode: 'local', auth: { mode: 'token', token: TOKEN }, ...gateway },
  });
}

class Talks {
  readonly sessions = new Map<string, Talk>();
  readonly runs = new Map<string, Run>();
  readonly outcomes = new Map<string, 'ok' | 'error' | 'aborted'>();
  readonly sent: { caller: Caller; request: ChatSend }[] = [];
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

function chatService(talks: Talks): Services['chat'] {
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
    abort: async (_caller, { sessionKey, runId }) => {
      const stopped = [...talks.runs].filter(
        ([id, run]) => run.key === sessionKey && (runId === undefined || id === runId),
      );
      for (const [id] of stopped) talks.end(id, 'aborted');
      return stopped.map(([id]) => id);
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

function sessionService(talks: Talks, reads: { list: number }): Services['sessions'] {
  return {
    list: async ({ limit = 1000, offset = 0, agentId, search } = {}) => {
      reads.list += 1;
      const all = [...talks.sessions.values()]
        .map((talk) => talk.summary)
        .filter((each) => agentId === undefined || each.agentId === agentId)
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
    patch: async (_caller, key, { label }) => {
      const talk = talks.sessions.get(key);
      if (talk === undefined) throw new PortcullisError('session.not_found', 'No such session.');
      const { label: _old, ...rest } = talk.summary;
      talk.summary = { ...rest, ...(typeof label === 'string' && { label }) };
      talks.notify({ type: 'session', sessionKey: key, agentId: 'main', reason: 'patch' });
      return talk.summary;
    },
  };
}

function decision(effect: 'allow' | 'deny', code: string) {
  const reason = effect === 'allow' ? 'Done.' : 'There is no such request.';
  return { effect, code, path: 'channels', reason };
}

function pairingService(
  pending: PairingRequest[],
  allowed: FakeServices['allowed'],
): Services['pairing'] {
  const take = (matches: (request: PairingRequest) => boolean) => {
    const index = pending.findIndex(matches);
    return index < 0 ? undefined : pending.splice(index, 1)[0];
  };
  return {
    list: async (channel) => ({
      pending: pending.filter((each) => channel === undefined || each.channel === channel),
      allowed,
      broken: [],
    }),
    approve: async (_caller, { channel, code, bootstrapOwner }) => {
      const request = take((each) => each.channel === channel && each.code === code);
      if (request === undefined) return decision('deny', 'pairing.unknown_code');
      const { accountId, senderId } = request;
      allowed.push({ channel, accountId, senderId });
      const owner = bootstrapOwner === true && {
        obligations: [`set_owner:${channel}:${senderId}`],
      };
      return { ...decision('allow', 'pairing.approved'), ...owner, senderId, accountId };
    },
    reject: async (_caller, { channel, senderId }) => {
      const request = take((each) => each.channel === channel && each.senderId === senderId);
      return request === undefined
        ? decision('deny', 'pairing.unknown_code')
        : decision('allow', 'pairing.rejected');
    },
    revoke: async (_caller, { senderId }) => {
      const index = allowed.findIndex((each) => each.senderId === senderId);
      if (index < 0) return decision('deny', 'pairing.not_allowed');
      allowed.splice(index, 1);
      return decision('allow', 'pairing.revoked');
    },
  };
}

const WORKSPACE = { agentId: 'main', path: '/home/x/workspace', entries: 7, unknown: 3 };

const BUDGETS: readonly BudgetItem[] = [
  {
    path: 'budgets.sender.tokensPerDay',
    scope: 'sender',
    meter: 'tokens',
    subject: 'telegram:42',
    limit: 1000,
    used: 250,
    freesAt: 1_700_006_400_000,
  },
];

function outboxService(items: OutboxItem[]): Services['outbox'] {
  const take = (id: string, state: OutboxItem['state']): OutboxItem => {
    const index = items.findIndex((each) => each.id === id);
    const item = items[index];
    if (item === undefined) throw new PortcullisError('outbox.not_found', 'No such message.');
    const changed = { ...item, state };
    items[index] = changed;
    return changed;
  };
  return {
    list: async ({ state } = {}) =>
      items.filter((each) => state === undefined || each.state === state),
    retry: async (_caller, id) => take(id, 'pending'),
    drop: async (_caller, id) => take(id, 'failed'),
  };
}

function approvalService(
  items: ApprovalItem[],
  notify: (notice: GatewayNotice) => void,
): Services['approvals'] {
  const over = () => items.filter(({ state }) => state !== 'pending').toReversed();
  return {
    pending: async () => items.filter(({ state }) => state === 'pending'),
    get: async (wanted) => items.find(({ id }) => id === wanted),
    history: async ({ limit, cursor = '0' }) => {
      const next = Number(cursor) + limit;
      const more = next < over().length && { nextCursor: String(next) };
      return { items: over().slice(Number(cursor), next), ...more };
    },
    resolve: async (caller, wanted, answer) => {
      const index = items.findIndex(({ id }) => id === wanted);
      const old = items[index];
      if (old === undefined) throw new PortcullisError('approval.not_found', 'No such approval.');
      if (old.state === 'expired') throw new PortcullisError('approval.expired', 'Too late.');
      if (old.state !== 'pending') {
        throw new PortcullisError('approval.already_resolved', 'It was answered already.');
      }
      const state = answer === 'deny' ? 'denied' : 'allowed';
      const item: ApprovalItem = { ...old, state, resolvedAt: 2000, resolvedBy: caller.id };
      items[index] = item;
      notify({ type: 'approval', phase: 'resolved', approval: item });
      return item;
    },
  };
}

const REPORTS: Pick<Services, 'channels' | 'agents' | 'models' | 'audit'> = {
  channels: () => [
    {
      channel: 'telegram',
      accountId: 'default',
      configured: true,
      enabled: true,
      installed: true,
      state: 'connected',
      identity: '@a_bot',
      restarts: 0,
    },
  ],
  agents: () => [{ id: 'main', isDefault: true, model: 'demo/echo', workspace: '/srv/workspace' }],
  models: () => ({
    active: ['demo/echo'],
    models: [
      { id: 'demo/echo', provider: 'demo', name: 'Echo', available: true, contextWindow: 8000 },
    ],
  }),
  audit: {
    log: async () => [{ seq: 1, at: 1, kind: 'start', entry: { code: 'ok' }, mac: 'ab' }],
    verify: async () => ({ ok: true, lines: 1, head: '1:ab' }),
  },
};

/** Makes fake services over a fresh store: in memory, or a durable one. */
export async function createFakeServices(
  raw: string = configText(),
  durable: boolean = false,
): Promise<FakeServices> {
  const directory = mkdtempSync(join(tmpdir(), 'portcullis-server-'));
  const paths = resolvePaths({ HOME: directory, OPENCLAW_STATE_DIR: directory });
  const store = durable
    ? await openSqliteStore({
        directory: paths.stateDbDir,
        tables: serverTables,
        chainKey: new Uint8Array(32),
      })
    : createMemoryStore();
  const listeners = new Set<(notice: GatewayNotice) => void>();
  const notify = (notice: GatewayNotice) => {
    for (const listener of listeners) listener(notice);
  };
  const talks = new Talks(notify);
  const pairingPending: PairingRequest[] = [];
  const allowed: FakeServices['allowed'] = [];
  const outboxItems: OutboxItem[] = [];
  const approvals: ApprovalItem[] = [];
  const questions: QuestionItem[] = [];
  const jobs = new Map<string, Job>();
  const jobRuns: JobRun[] = [];
  const reads = { list: 0 };
  const load = (text: string) => ({ ...parseConfig(text, { env: {}, paths }), exists: true });
  let config = load(raw);
  return {
    version: '0.1.0-test',
    startedAt: Date.now(),
    paths,
    store,
    log: silentLogger,
    config: () => config,
    approvals: approvalService(approvals, notify),
    questions: fakeQuestions(questions, notify),
    schedule: fakeSchedule(jobs, jobRuns),
    chat: chatService(talks),
    sessions: sessionService(talks, reads),
    pairing: pairingService(pairingPending, allowed),
    outbox: outboxService(outboxItems),
    budgets: { list: async () => BUDGETS },
    workspaces: {
      list: async () => [WORKSPACE],
      adopt: async (_caller, agentId) => ({ ...WORKSPACE, agentId, unknown: 0, adopted: 3 }),
    },
    ...REPORTS,
    toolServers: fakeToolServers(),
    listen: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    directory,
    sent: talks.sent,
    pairingPending,
    allowed,
    outboxItems,
    approvalItems: approvals,
    questionItems: questions,
    jobs,
    jobRuns,
    reads,
    configure: (text) => (config = load(text)),
    notify,
    addSession: (key, change) => {
      talks.sessions.set(key, { summary: summary(key, change), messages: [] });
    },
    dispose: async () => {
      await store.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
