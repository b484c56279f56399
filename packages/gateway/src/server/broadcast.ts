/**
 * What the gateway tells its connections: notices of the services become events, each to those who
 * hold its scope and asked for it.
 *
 * Promises: deltas of a run are joined for a moment and always sent before its end; a run ends
 * exactly once; nothing of it is sent afterwards.
 *
 * @module
 */
import { setImmediate as nextTurn } from 'node:timers/promises';

import type { EventName, EventPayload, EventSpec } from '@portcullis/protocol';
import { EVENTS } from '@portcullis/protocol';

import type { GatewayNotice, Services } from '../services.ts';
import { toRequest, toResolved } from './approval-views.ts';
import type { Connection } from './connection.ts';
import {
  toToolSteps,
  SESSION_REASONS,
  endOf,
  liveMessage,
  toCronEvent,
  toStopReason,
} from './event-views.ts';
import { toNodeRequest } from './node-views.ts';
import { toQuestion, toQuestionEnd } from './question-views.ts';
import { toMessage, toSessionRow } from './views.ts';

/** The cap of clients that show tools at work. */
const TOOL_EVENTS = 'tool-events';

/** How long deltas of a run are joined, at least. */
const DELTA_INTERVAL_MS = 30;

/** How much longer deltas are joined than it took to tell the last ones: most of the time is for others. */
const DELTA_REST = 4;

/** Connections that are told one thing before others have their turn. */
const SLICE = 256;

/** Runs whose end is remembered, so that nothing follows it. */
const REMEMBERED_RUNS = 2000;

type ChatNotice = Extract<GatewayNotice, { type: 'chat' }>;

/** A run that is being told. */
interface Run {
  /** Number of the last `agent` event; `chat` events repeat it. */
  seq: number;
  /** The text that was sent so far. */
  text: string;
  pending?: { notice: ChatNotice; delta: string };
  ended: boolean;
}

/** A node hears nothing of what goes on here; what is for a node is sent to it alone. */
function mayHear(connection: Connection, event: EventName): boolean {
  const { scope, to }: EventSpec = EVENTS[event];
  const isNode = connection.facts.role === 'node';
  return (isNode ? to === 'all' : to !== 'node') && connection.holds(scope);
}

/** Tells connections what happens. */
export class Broadcaster {
  readonly #connections: ReadonlySet<Connection>;
  readonly #services: Services;
  readonly #runs: Map<string, Run> = new Map();
  #flushTimer: NodeJS.Timeout | undefined;
  #deltaInterval = DELTA_INTERVAL_MS;
  #presenceVersion = 1;
  #healthVersion = 1;
  /** Session events wait for their row, one after another. */
  #rows: Promise<void> = Promise.resolve();

  constructor(services: Services, connections: ReadonlySet<Connection>) {
    this.#services = services;
    this.#connections = connections;
  }

  /** How new the parts of the snapshot are. */
  get stateVersion(): { readonly presence: number; readonly health: number } {
    return { presence: this.#presenceVersion, health: this.#healthVersion };
  }

  /** Sends an event to every connection with its scope that `wants` it. */
  emit<E extends EventName>(
    event: E,
    payload: EventPayload<E>,
    options: {
      readonly wants?: (connection: Connection) => boolean;
      readonly bestEffort?: boolean;
      readonly extra?: string;
    } = {},
  ): void {
    const { wants, bestEffort = false, extra = '' } = options;
    let text: string | undefined;
    for (const connection of this.#connections) {
      if (!mayHear(connection, event) || wants?.(connection) === false) continue;
      text ??= JSON.stringify(payload);
      connection.sendEvent(event, text, extra, bestEffort);
    }
  }

  /**
   * Sends to every connection what none of them misses if it is far behind, a few at a time: ten
   * thousand in one go would make everybody else wait. Resolves when all were told.
   */
  async emitGently<E extends EventName>(
    event: E,
    payload: EventPayload<E>,
    extra = '',
  ): Promise<void> {
    const text = JSON.stringify(payload);
    const told = [...this.#connections];
    for (let from = 0; from < told.length; from += SLICE) {
      if (from > 0) await nextTurn();
      for (const connection of told.slice(from, from + SLICE)) {
        if (mayHear(connection, event)) connection.sendEvent(event, text, extra, true);
      }
    }
  }

  /** Sends the snapshot of who is connected, with its new version. */
  emitPresence(presence: EventPayload<'presence'>['presence']): void {
    this.#presenceVersion += 1;
    this.emit('presence', { presence }, { extra: this.#versionText() });
  }

  /** Sends the state of health, with its new version. */
  emitHealth(health: EventPayload<'health'>): void {
    this.#healthVersion += 1;
    void this.emitGently('health', health, this.#versionText());
  }

  #versionText(): string {
    return `,"stateVersion":${JSON.stringify(this.stateVersion)}`;
  }

  /** Takes one notice of the services. */
  accept(notice: GatewayNotice): void {
    switch (notice.type) {
      case 'chat':
        this.#onChat(notice);
        return;
      case 'lifecycle':
        this.#onLifecycle(notice);
        return;
      case 'session':
        this.#onSession(notice);
        return;
      case 'message':
        this.#onTools(notice);
        this.#onMessage(notice);
        return;
      case 'shutdown':
        this.flush();
        this.emit('shutdown', { reason: toStopReason(notice.reason) });
        return;
      case 'approval':
        if (notice.phase === 'requested') {
          this.emit('exec.approval.requested', toRequest(notice.approval));
        } else this.emit('exec.approval.resolved', toResolved(notice.approval));
        return;
      case 'question':
        this.#onQuestion(notice);
        return;
      case 'cron':
        this.emit('cron', toCronEvent(notice));
        return;
      case 'config':
        this.#onConfig();
        return;
      case 'security':
        this.emit('security.critical', {
          ts: notice.at,
          critical: notice.critical.map((found) => ({ ...found })),
        });
        return;
      case 'node':
        this.#onNode(notice);
        return;
      default:
        notice satisfies never;
    }
  }

  #run(runId: string): Run {
    let run = this.#runs.get(runId);
    if (run === undefined) {
      run = { seq: 0, text: '', ended: false };
      this.#runs.set(runId, run);
      if (this.#runs.size > REMEMBERED_RUNS) this.#forgetEnded();
    }
    return run;
  }

  #forgetEnded(): void {
    for (const [runId, run] of this.#runs) {
      if (run.ended) this.#runs.delete(runId);
      if (this.#runs.size <= REMEMBERED_RUNS / 2) return;
    }
  }

  #onChat(notice: ChatNotice): void {
    const run = this.#run(notice.runId);
    if (run.ended) return;
    if (notice.state === 'delta') {
      const delta = (run.pending?.delta ?? '') + (notice.deltaText ?? '');
      run.pending = { notice, delta };
      this.#flushTimer ??= setTimeout(() => this.flush(), this.#deltaInterval);
      return;
    }
    this.#flushRun(run);
    run.ended = true;
    run.text = '';
    this.emit('chat', endOf(notice, run.seq === 0 ? (run.seq = 1) : run.seq));
  }

  /** Sends the deltas that wait. */
  flush(): void {
    clearTimeout(this.#flushTimer);
    this.#flushTimer = undefined;
    const begun = performance.now();
    for (const run of this.#runs.values()) this.#flushRun(run);
    const took = performance.now() - begun;
    this.#deltaInterval = Math.max(DELTA_INTERVAL_MS, took * DELTA_REST);
  }

  #flushRun(run: Run): void {
    const { pending } = run;
    if (pending === undefined) return;
    delete run.pending;
    const { notice, delta } = pending;
    run.seq += 1;
    const text = notice.text ?? run.text + delta;
    run.text = text;
    const common = { runId: notice.runId, sessionKey: notice.sessionKey, agentId: notice.agentId };
    const ts = Date.now();
    const data = { text, delta };
    // A delta holds the whole text so far: a client that is behind loses nothing by missing one.
    const bestEffort = { bestEffort: true };
    this.emit('agent', { ...common, seq: run.seq, stream: 'assistant', ts, data }, bestEffort);
    const message = liveMessage(text);
    const told = { ...common, seq: run.seq, state: 'delta', deltaText: delta, message } as const;
    this.emit('chat', told, bestEffort);
  }

  #onLifecycle(notice: Extract<GatewayNotice, { type: 'lifecycle' }>): void {
    const run = this.#run(notice.runId);
    this.#flushRun(run);
    run.seq += 1;
    const ts = Date.now();
    this.emit('agent', {
      runId: notice.runId,
      sessionKey: notice.sessionKey,
      agentId: notice.agentId,
      seq: run.seq,
      stream: 'lifecycle',
      ts,
      data: { phase: notice.phase, [notice.phase === 'start' ? 'startedAt' : 'endedAt']: ts },
    });
  }

  #onSession({ sessionKey, agentId, reason }: Extract<GatewayNotice, { type: 'session' }>): void {
    if (!this.#isWanted((connection) => connection.followsSessions)) return;
    this.#after(async () => {
      const session = await this.#services.sessions.get(sessionKey);
      const row = session === undefined ? undefined : toSessionRow(session);
      this.emit(
        'sessions.changed',
        {
          ...row,
          sessionKey,
          agentId,
          reason: SESSION_REASONS[reason],
          ...((reason === 'start' || reason === 'end') && { phase: reason }),
          ts: Date.now(),
          ...(row !== undefined && { session: row }),
        },
        { wants: (connection) => connection.followsSessions },
      );
    });
  }

  /** Tools are told from what was stored: in it nothing secret is left. */
  #onTools({ sessionKey, agentId, message }: Extract<GatewayNotice, { type: 'message' }>): void {
    const steps = toToolSteps(message);
    if (steps.length === 0 || !this.#isWanted(showsTools)) return;
    const { runId } = message;
    const run = this.#run(runId);
    this.#flushRun(run);
    for (const data of steps) {
      run.seq += 1;
      const { seq } = run;
      const told = {
        runId,
        sessionKey,
        agentId,
        seq,
        stream: 'tool',
        ts: Date.now(),
        data,
      } as const;
      this.emit('agent', told, { wants: showsTools });
    }
  }

  #onMessage({ sessionKey, agentId, message }: Extract<GatewayNotice, { type: 'message' }>): void {
    if (!this.#isWanted((connection) => connection.followed.has(sessionKey))) return;
    this.#after(async () => {
      const session = await this.#services.sessions.get(sessionKey);
      this.emit(
        'session.message',
        {
          sessionKey,
          agentId,
          message: toMessage(message),
          messageId: message.id,
          messageSeq: message.seq,
          ...(session !== undefined && { session: toSessionRow(session) }),
        },
        { wants: (connection) => connection.followed.has(sessionKey) },
      );
    });
  }

  /** A question is told to those who are asked, and to nobody else. */
  #onQuestion({ phase, question }: Extract<GatewayNotice, { type: 'question' }>): void {
    const { asks } = question;
    if (asks === 'person') return;
    const wants = (connection: Connection): boolean => connection.holds(asks);
    if (phase === 'requested') this.emit('question.requested', toQuestion(question), { wants });
    else this.emit('question.resolved', toQuestionEnd(question), { wants });
  }

  #onNode(notice: Extract<GatewayNotice, { type: 'node' }>): void {
    switch (notice.phase) {
      case 'requested':
        this.emit('node.pair.requested', toNodeRequest(notice.request));
        return;
      case 'approved':
      case 'rejected': {
        const { requestId, nodeId, phase, at } = notice;
        this.emit('node.pair.resolved', { requestId, nodeId, decision: phase, ts: at });
        return;
      }
      default: {
        const { nodeId, phase, at } = notice;
        this.emit('node.presence', { nodeId, connected: phase === 'connected', ts: at });
      }
    }
  }

  /** That the config changed; the server tells how the gateway is by then. */
  #onConfig(): void {
    const { path } = this.#services.config();
    const hash = this.#services.configControl.acceptedHash();
    this.emit('config.changed', { path, hash, ts: Date.now() });
  }

  #isWanted(wants: (connection: Connection) => boolean): boolean {
    return [...this.#connections].some((connection) => wants(connection));
  }

  #after(work: () => Promise<void>): void {
    this.#rows = this.#rows.then(work).catch((error: unknown) => {
      this.#services.log.warn({ error }, 'an event could not be told');
    });
  }

  /** Resolves when everything accepted so far has been sent. */
  async settled(): Promise<void> {
    this.flush();
    await this.#rows;
  }

  /** Stops the timers. */
  stop(): void {
    clearTimeout(this.#flushTimer);
    this.#flushTimer = undefined;
  }
}

function showsTools({ facts }: Connection): boolean {
  return facts.caps.includes(TOOL_EVENTS);
}
