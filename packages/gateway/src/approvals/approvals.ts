/**
 * Asking a person: one-use records over exactly what would happen.
 *
 * A record is bound by a digest to the effect, the call, the session and the agent. What runs is what
 * the record says; a record is used once, within five minutes of the answer; the first answer
 * counts; and neither the agent nor anything it runs can give one. Records survive a restart: a call
 * that asks again finds its own.
 *
 * @module
 */
import { createHash, randomBytes } from 'node:crypto';

import {
  type Decision,
  type EffectKind,
  type Json,
  PortcullisError,
  type Table,
  type Tx,
  canonicalJson,
  defineTable,
} from '@portcullis/core';

import type { InboxRun } from '../intake/inbox.ts';
import { type Kernel, commit } from '../kernel.ts';
import { Parked, isStopped } from '../session/parked.ts';

/** What an approver may answer. */
export type ApprovalAnswer = 'allow-once' | 'deny';

/** One question and what became of it. */
export interface ApprovalRow {
  readonly id: string;
  readonly state: 'pending' | 'allowed' | 'denied' | 'expired' | 'cancelled' | 'used';
  /** SHA-256 over everything the answer is bound to. */
  readonly digest: string;
  readonly kind: EffectKind;
  readonly action: string;
  readonly tool: string;
  /** Exactly what would happen. */
  readonly subject: Json;
  /** Code, path and sentence of the decision that asks. */
  readonly code: string;
  readonly path: string;
  readonly reason: string;
  readonly runId: string;
  readonly callId: string;
  readonly sessionKey: string;
  readonly agentId: string;
  readonly requester: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly resolvedAt?: number;
  readonly resolvedBy?: string;
  /** Outbound messages whose buttons answer this question. */
  readonly prompts?: readonly string[];
}

/** All questions by id. */
export const approvalsTable: Table<ApprovalRow> = defineTable<ApprovalRow>('approvals', {
  byState: ['state', 'createdAt'],
  byCall: ['runId', 'callId'],
});

/** A question. */
export interface ApprovalQuestion {
  readonly run: InboxRun;
  readonly callId: string;
  readonly tool: string;
  readonly kind: EffectKind;
  readonly action: string;
  readonly subject: Json;
  readonly decision: Decision;
}

/** How a question ended for the one who asked. */
export type ApprovalOutcome =
  | { readonly allowed: true; readonly id: string }
  | { readonly allowed: false; readonly code: string };

/** Messages that ask approvers where they are. */
export interface Prompted {
  /** Outbound messages that carry buttons. */
  readonly ids: readonly string[];
  /** Sends them, once the question is committed. */
  readonly deliver: () => void;
}

/** A place in the history of questions. */
export type HistoryPosition = Pick<ApprovalRow, 'createdAt' | 'id'>;

/** Who hears of questions. */
export interface ApprovalListener {
  /** Writes the messages to approvers, in the unit of work that opens the question. */
  readonly prompt: (tx: Tx, row: ApprovalRow) => Prompted;
  readonly requested: (row: ApprovalRow) => void;
  readonly resolved: (row: ApprovalRow) => void;
}

/** How long an answer may take. */
const LIFETIME_MS = 30 * 60_000;
/** How long after the answer the effect may happen. */
const USE_WITHIN_MS = 5 * 60_000;
/** Questions of one session in {@link FLOOD_MS} after which it may ask no more. */
const FLOOD_ASKS = 10;
const FLOOD_MS = 10 * 60_000;
/** More questions than one moment can bring, given {@link FLOOD_ASKS}. */
const SAME_MOMENT = 100;
const STATES = ['pending', 'allowed', 'denied', 'expired', 'cancelled', 'used'] as const;

/** A question that was opened now, with its messages, or one that was known. */
interface Opened {
  readonly row: ApprovalRow;
  readonly deliver?: () => void;
}

/** The questions of one gateway. */
export class Approvals {
  readonly #kernel: Kernel;
  readonly #listener: ApprovalListener;
  readonly #parked = new Parked();

  constructor(kernel: Kernel, listener: ApprovalListener) {
    this.#kernel = kernel;
    this.#listener = listener;
  }

  /** Asks, and waits for the answer, the end of its time or the end of the call. */
  async ask(question: ApprovalQuestion, signal: AbortSignal): Promise<ApprovalOutcome> {
    const digest = digestOf(question);
    const opened = await commit(this.#kernel, (tx) => this.#open(tx, question, digest));
    if (opened === 'flood') return { allowed: false, code: 'approval.ask_flood' };
    opened.deliver?.();
    if (opened.row.state === 'pending') this.#listener.requested(opened.row);
    try {
      return await this.#outcome(opened.row.id, digest, signal);
    } catch (error) {
      if (isStopped(signal)) await this.#withdraw(opened.row.id);
      throw error;
    }
  }

  /** Waits until a question is answered or its time is over. Rejects when `signal` aborts. */
  async #outcome(id: string, digest: string, signal: AbortSignal): Promise<ApprovalOutcome> {
    for (;;) {
      signal.throwIfAborted();
      const { row, lapsed } = await commit(this.#kernel, (tx) => this.#use(tx, id, digest));
      if (lapsed) this.#listener.resolved(row);
      if (row.state === 'used') return { allowed: true, id: row.id };
      if (row.state !== 'pending') return { allowed: false, code: `approval.${row.state}` };
      await this.#parked.wait(row.id, signal);
    }
  }

  /** Questions that wait for an answer, oldest first. */
  async pending(): Promise<readonly ApprovalRow[]> {
    const now = this.#kernel.now();
    const rows = await this.#kernel.store.transact((tx) =>
      tx.find(approvalsTable, {
        index: 'byState',
        equals: ['pending'],
        above: now - LIFETIME_MS - 1,
      }),
    );
    return rows.map(({ value }) => value).filter(({ expiresAt }) => now <= expiresAt);
  }

  /** A question as it stands now. */
  async get(id: string): Promise<ApprovalRow | undefined> {
    const row = await this.#kernel.store.transact((tx) => tx.get(approvalsTable, id));
    return row === undefined ? undefined : this.#asOfNow(row);
  }

  /** Questions that are over, newest first, older than the one named by `before`. */
  async history(limit: number, before?: HistoryPosition): Promise<readonly ApprovalRow[]> {
    const rows = await this.#kernel.store.transact(async (tx) => {
      const found: ApprovalRow[] = [];
      for (const state of STATES) {
        const entries = await tx.find(approvalsTable, {
          index: 'byState',
          equals: [state],
          reverse: true,
          // Questions of one moment are told apart below.
          limit: limit + SAME_MOMENT,
          ...(before === undefined ? {} : { upTo: before.createdAt }),
        });
        found.push(...entries.map(({ value }) => this.#asOfNow(value)));
      }
      return found;
    });
    return rows
      .filter((row) => row.state !== 'pending' && (before === undefined || isOlder(row, before)))
      .toSorted((a, b) => (isOlder(a, b) ? 1 : -1))
      .slice(0, limit);
  }

  /**
   * Answers a question. The caller has checked that the actor is an approver.
   *
   * Throws `approval.not_found`, `approval.expired`, `approval.already_resolved`.
   */
  async resolve(actor: string, id: string, answer: ApprovalAnswer): Promise<ApprovalRow> {
    const row = await commit(this.#kernel, async (tx) => {
      const old = await tx.get(approvalsTable, id);
      if (old === undefined) throw unknown();
      const now = this.#kernel.now();
      if (old.state !== 'pending') throw alreadyResolved();
      if (now > old.expiresAt) throw expired();
      const state = answer === 'allow-once' ? 'allowed' : 'denied';
      const next: ApprovalRow = { ...old, state, resolvedAt: now, resolvedBy: actor };
      this.#write(tx, next, actor);
      return next;
    });
    this.#parked.wake(id);
    this.#listener.resolved(row);
    return row;
  }

  /** Calls of a run that asked and have no outcome: they are taken up again, not given up. */
  async openCalls(tx: Tx, runId: string): Promise<ReadonlySet<string>> {
    const rows = await tx.find(approvalsTable, { index: 'byCall', equals: [runId] });
    const open = rows.filter(({ value }) => value.state === 'pending' || value.state === 'allowed');
    return new Set(open.map(({ value }) => value.callId));
  }

  /** The record of this very question, made now or by a process before this one. */
  async #open(tx: Tx, question: ApprovalQuestion, digest: string): Promise<Opened | 'flood'> {
    const { run, callId, decision, subject, kind, action, tool } = question;
    const mine = await tx.find(approvalsTable, { index: 'byCall', equals: [run.runId, callId] });
    const known = mine.find(({ value }) => value.digest === digest);
    if (known !== undefined) return { row: known.value };
    const now = this.#kernel.now();
    const recent = await tx.find(approvalsTable, {
      index: 'byState',
      equals: ['pending'],
      above: now - FLOOD_MS,
    });
    const asked = recent.filter(({ value }) => value.sessionKey === run.sessionKey);
    if (asked.length >= FLOOD_ASKS) return 'flood';
    const row: ApprovalRow = {
      // Hexadecimal: an id is also a word of the command line, which must not begin with a dash.
      id: randomBytes(16).toString('hex'),
      state: 'pending',
      digest,
      kind,
      action,
      tool,
      subject,
      code: decision.code,
      path: decision.path,
      reason: decision.reason,
      runId: run.runId,
      callId,
      sessionKey: run.sessionKey,
      agentId: run.agentId,
      requester: run.principal.id,
      createdAt: now,
      expiresAt: now + LIFETIME_MS,
    };
    const { ids, deliver } = this.#listener.prompt(tx, row);
    const opened: ApprovalRow = ids.length === 0 ? row : { ...row, prompts: ids };
    this.#write(tx, opened, run.principal.id);
    return { row: opened, deliver };
  }

  /** Moves a record on: an allowed one is used up, one whose time is over expires. */
  async #use(
    tx: Tx,
    id: string,
    digest: string,
  ): Promise<{ readonly row: ApprovalRow; readonly lapsed: boolean }> {
    const row = await tx.get(approvalsTable, id);
    if (row === undefined || row.digest !== digest) throw unknown();
    const now = this.#kernel.now();
    const late =
      (row.state === 'pending' && now > row.expiresAt) ||
      (row.state === 'allowed' && now > (row.resolvedAt ?? 0) + USE_WITHIN_MS);
    if (row.state !== 'allowed' && !late) return { row, lapsed: false };
    const next: ApprovalRow = { ...row, state: late ? 'expired' : 'used' };
    this.#write(tx, next, row.requester);
    return { row: next, lapsed: late && row.state === 'pending' };
  }

  /** Takes back a question whose run somebody stopped: an answer would do nothing. */
  async #withdraw(id: string): Promise<void> {
    const row = await commit(this.#kernel, async (tx) => {
      const old = await tx.get(approvalsTable, id);
      if (old?.state !== 'pending') return undefined;
      const next: ApprovalRow = { ...old, state: 'cancelled', resolvedAt: this.#kernel.now() };
      this.#write(tx, next, old.requester);
      return next;
    });
    if (row !== undefined) this.#listener.resolved(row);
  }

  /** A question nobody waits for any more keeps its stored state; it is over all the same. */
  #asOfNow(row: ApprovalRow): ApprovalRow {
    const late = row.state === 'pending' && this.#kernel.now() > row.expiresAt;
    return late ? { ...row, state: 'expired' } : row;
  }

  #write(tx: Tx, row: ApprovalRow, principal: string): void {
    tx.put(approvalsTable, row.id, row);
    this.#kernel.journal.record(tx, {
      kind: 'approval',
      at: this.#kernel.now(),
      principal,
      code: `approval.${row.state}`,
      approval: row.id,
      digest: row.digest,
      decision: row.code,
      tool: row.tool,
      runId: row.runId,
      sessionKey: row.sessionKey,
    });
  }
}

function digestOf({ run, callId, kind, action, tool, subject }: ApprovalQuestion): string {
  const bound = {
    v: 1,
    kind,
    action,
    tool,
    subject,
    callId,
    runId: run.runId,
    agentId: run.agentId,
    sessionKey: run.sessionKey,
  };
  return createHash('sha256').update(canonicalJson(bound), 'utf8').digest('hex');
}

function unknown(): PortcullisError {
  return new PortcullisError('approval.not_found', 'There is no such approval.', {
    hint: 'openclaw approvals list shows those that wait.',
  });
}

function alreadyResolved(): PortcullisError {
  return new PortcullisError('approval.already_resolved', 'The approval was answered already.', {
    hint: 'The first answer counts.',
  });
}

function expired(): PortcullisError {
  return new PortcullisError('approval.expired', 'The approval was not answered in time.', {
    hint: 'The agent has to ask again.',
  });
}

function isOlder(a: HistoryPosition, b: HistoryPosition): boolean {
  return a.createdAt === b.createdAt ? a.id < b.id : a.createdAt < b.createdAt;
}
