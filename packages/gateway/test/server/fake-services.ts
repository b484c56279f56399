/**
 * Services in memory: sessions are maps, the agent echoes, and everything is announced as the real
 * gateway announces it.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type Job, type JobRun, type Lease, PortcullisError, silentLogger } from '@portcullis/core';
import { openSqliteStore } from '@portcullis/store-sqlite';

import { Journal } from '../../src/audit/journal.ts';
import { ConfigChanges } from '../../src/changes/changes.ts';
import { configHistoryTable } from '../../src/changes/row.ts';
import { parseConfig, resolvePaths } from '../../src/config/index.ts';
import { Attempts } from '../../src/credentials/attempts.ts';
import { EgressGuard } from '../../src/egress/guard.ts';
import { Fixes } from '../../src/posture/fixes/fixes.ts';
import { fixesTable } from '../../src/posture/fixes/row.ts';
import { serverTables } from '../../src/server/index.ts';
import type {
  ApprovalItem,
  ClientDecision,
  AuditNote,
  Caller,
  ChatSend,
  GatewayNotice,
  BudgetItem,
  GrantItem,
  OutboxItem,
  PairingRequest,
  PostureReport,
  QuestionItem,
  Services,
  SessionSummary,
  UsageDay,
} from '../../src/services.ts';
import { fakeChannels } from '../fakes/channels.ts';
import { fakeMessages } from '../fakes/messages.ts';
import { fakeNodes } from '../fakes/nodes.ts';
import { fakeQuestions } from './fake-questions.ts';
import { fakeSchedule } from './fake-schedule.ts';
import { fakeToolServers } from './fake-tool-servers.ts';
import {
  type AskedByClient,
  approvalService,
  clientQuestionService,
  hostDocumentService,
} from '../fakes/approvals.ts';
import { fakeTools } from '../fakes/tools.ts';
import { chatService, sessionService, summary, Talks } from './fake-talks.ts';
import { createMemoryStore } from './memory-store.ts';

/** The shared token of every fake gateway. */
export const TOKEN = 'k7Qm2xV9bT4wZ8pL1nR6sD3fJ5';

/** What the audit of every fake gateway found. */
export const AUDITED: PostureReport = {
  at: 1_700_000_000_000,
  critical: [
    {
      checkId: 'gateway.tailscale_funnel',
      title: 'The gateway is on the public internet',
      path: 'gateway.tailscale.mode',
    },
  ],
};

/** Fake services with handles for tests. */
export interface FakeServices extends Services {
  readonly directory: string;
  /** Every message the agent was asked to answer, with the caller. */
  readonly sent: { caller: Caller; request: ChatSend }[];
  readonly talks: Talks;
  readonly pairingPending: PairingRequest[];
  readonly allowed: { channel: string; accountId: string; senderId: string }[];
  readonly outboxItems: OutboxItem[];
  readonly approvalItems: ApprovalItem[];
  /** What clients asked approvers. */
  readonly asked: AskedByClient[];
  /** How questions of clients end. */
  clientDecision: Promise<ClientDecision>;
  readonly questionItems: QuestionItem[];
  readonly jobs: Map<string, Job>;
  readonly jobRuns: JobRun[];
  readonly grantItems: GrantItem[];
  /** What the control plane wrote into the audit log. */
  readonly notes: AuditNote[];
  readonly channelControl: ReturnType<typeof fakeChannels>;
  readonly messages: ReturnType<typeof fakeMessages>;
  /** Replaces the configuration by another text. */
  configure(raw: string): void;
  notify(notice: GatewayNotice): void;
  addSession(key: string, change?: Partial<SessionSummary>): void;
  /** How often the list of sessions was read. */
  readonly reads: { list: number };
  dispose(): Promise<void>;
}

/** Configuration text with the shared token. */
export function configText(gateway: Record<string, unknown> = {}): string {
  return JSON.stringify({
    gateway: { mode: 'local', auth: { mode: 'token', token: TOKEN }, ...gateway },
  });
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

const IDLE = {
  inbox: { pending: 0, admitted: 0 },
  outbox: { pending: 0, sending: 0, unknown: 0, failed: 0 },
  turns: { working: 0, waiting: 0, parked: 0 },
};

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

const USED: readonly UsageDay[] = [
  { date: '2026-11-20', input: 10, output: 5, inputCost: 0.5, outputCost: 1, unpriced: 0 },
  { date: '2026-11-21', input: 1, output: 2, inputCost: 0, outputCost: 0, unpriced: 1 },
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

const REPORTS: Pick<Services, 'agents' | 'models'> = {
  agents: () => [{ id: 'main', isDefault: true, model: 'demo/echo', workspace: '/srv/workspace' }],
  models: () => ({
    active: ['demo/echo'],
    models: [
      { id: 'demo/echo', provider: 'demo', name: 'Echo', available: true, contextWindow: 8000 },
    ],
  }),
};

function auditService(notes: AuditNote[]): Services['audit'] {
  return {
    log: async () => [{ seq: 1, at: 1, kind: 'start', entry: { code: 'ok' }, mac: 'ab' }],
    verify: async () => ({ ok: true, lines: 1, head: '1:ab' }),
    note: async (note) => {
      notes.push(note);
    },
  };
}

/** The store in memory gives none and asks for none. */
const NO_LEASE: Lease = {
  name: 'gateway',
  fence: 1,
  lost: new AbortController().signal,
  release: async () => undefined,
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
        tables: [...serverTables, configHistoryTable, fixesTable],
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
  const asked: AskedByClient[] = [];
  const decided = {
    clientDecision: Promise.resolve<ClientDecision>({
      id: 'q1',
      decision: 'deny',
      reason: 'user',
      createdAt: 1000,
      expiresAt: 9000,
    }),
  };
  const questions: QuestionItem[] = [];
  const jobs = new Map<string, Job>();
  const jobRuns: JobRun[] = [];
  const grantItems: GrantItem[] = [];
  const reads = { list: 0 };
  const notes: AuditNote[] = [];
  const load = (text: string) => ({ ...parseConfig(text, { env: {}, paths }), exists: true });
  let config = load(raw);
  writeFileSync(paths.configPath, raw);
  const ground = {
    store,
    lease: durable ? await store.lease('gateway') : NO_LEASE,
    // The store in memory keeps no logs.
    journal: durable ? new Journal() : Object.assign(new Journal(), { record: () => undefined }),
    paths,
    env: {},
    now: Date.now,
  };
  const configControl = new ConfigChanges({
    ...ground,
    egress: new EgressGuard(() => []),
    chainKey: new Uint8Array(32),
    log: silentLogger,
    config: () => config,
    registered: () => [],
    onCommitted: async (next) => {
      config = next;
      notify({ type: 'config' });
      return { applied: ['all'], restartNeeded: [], failed: [] };
    },
    onDecided: async (next) => {
      config = next;
      return { applied: ['one'], restartNeeded: [], failed: [] };
    },
    step: () => undefined,
    tell: notify,
  });
  const channelControl = fakeChannels();
  return {
    configControl,
    posture: { report: () => AUDITED },
    fixes: new Fixes({ ...ground, changes: configControl }),
    version: '0.1.0-test',
    startedAt: Date.now(),
    paths,
    store,
    log: silentLogger,
    config: () => config,
    approvals: approvalService(approvals, grantItems, notify),
    clientQuestions: clientQuestionService(asked, () => decided.clientDecision),
    asked,
    get clientDecision() {
      return decided.clientDecision;
    },
    set clientDecision(next) {
      decided.clientDecision = next;
    },
    hostDocument: hostDocumentService(),
    questions: fakeQuestions(questions, notify),
    schedule: fakeSchedule(jobs, jobRuns),
    chat: chatService(talks),
    sessions: sessionService(talks, reads),
    pairing: pairingService(pairingPending, allowed),
    outbox: outboxService(outboxItems),
    messages: fakeMessages(),
    budgets: { list: async () => BUDGETS },
    workspaces: {
      list: async () => [WORKSPACE],
      adopt: async (_caller, agentId) => ({ ...WORKSPACE, agentId, unknown: 0, adopted: 3 }),
    },
    ...REPORTS,
    channels: channelControl.report,
    channelControl,
    usage: { days: async () => USED },
    commands: () => [
      { names: ['help', 'start'], summary: 'what you can do', takesArguments: false },
    ],
    attempts: new Attempts({ config: () => config.value }),
    audit: auditService(notes),
    notes,
    edits: {
      report: () => ({ mode: 'hybrid', at: 0, restartNeeded: [], failed: [] }),
      accept: async () => ({ applied: [], restartNeeded: [], failed: [] }),
      reject: async () => undefined,
      reloadSecrets: async () => ({ applied: [], restartNeeded: [], failed: [] }),
    },
    toolServers: fakeToolServers(),
    nodes: fakeNodes(),
    tools: fakeTools(),
    load: { report: async () => IDLE },
    listen: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    directory,
    sent: talks.sent,
    talks,
    pairingPending,
    allowed,
    outboxItems,
    approvalItems: approvals,
    questionItems: questions,
    jobs,
    jobRuns,
    grantItems,
    reads,
    configure: (text) => {
      config = load(text);
      writeFileSync(paths.configPath, text);
    },
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
