/**
 * Asking a person: one-use records over exactly what would happen.
 *
 * A record is bound by a digest to the effect, the call, the session and the agent. What runs is what
 * the record says; a record is used once, within five minutes of the answer; the first answer
 * counts; and neither the agent nor anything it runs can give one. Records survive a restart: a call
 * that asks again finds its own, and one that would do something else by then voids it.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';

import type { Tx } from '@portcullis/core';

import { type Kernel, commit } from '../kernel.ts';
import { Parked, isStopped } from '../session/parked.ts';
import { floods, isFlood } from './flood.ts';
import { Grants } from './grants.ts';
import { digestOf, newRow } from './record.ts';
import { refusal } from './refusal.ts';
import {
  APPROVAL_STATES,
  type ApprovalAnswer,
  type ApprovalQuestion,
  type ApprovalRow,
  USE_WITHIN_MS,
  approvalsTable,
} from './row.ts';

/** How a question ended for the one who asked. */
export type ApprovalOutcome =
  | { readonly allowed: true; readonly id: string }
  | {
      readonly allowed: false;
      readonly code: string;
      /** Set when nobody answered in time. */
      readonly unanswered?: true;
    };

/** Messages that ask or tell approvers where they are. */
export interface Prompted {
  /** Outbound messages that carry buttons. */
  readonly ids: readonly string[];
  /** Sends them, once they are committed. */
  readonly deliver: () => void;
}

/** Who hears of questions. */
export interface ApprovalListener {
  /** Writes the messages to approvers, in the unit of work that opens the question. */
  readonly prompt: (tx: Tx, row: ApprovalRow) => Prompted;
  /** Writes to approvers that a run was stopped because it asked too often. */
  readonly flooded: (tx: Tx, question: ApprovalQuestion) => Prompted;
  readonly requested: (row: ApprovalRow) => void;
  readonly resolved: (row: ApprovalRow) => void;
  /** Whether approvers are written to, of what the gateway's own doors ask. */
  readonly isForwarded: () => boolean;
  /** Whether somebody exists who may answer what was asked on a channel. */
  readonly isReachable: (askedOn: string | undefined) => Promise<boolean>;
}

/** Questions forgotten in one unit of work. */
const SWEEP = 500;

/** What became of a wish to ask. */
type Opened =
  | {
      readonly kind: 'open';
      readonly row: ApprovalRow;
      /** Questions of an earlier process that are void now. */
      readonly voided: readonly ApprovalRow[];
      readonly deliver?: () => void;
    }
  | { readonly kind: 'changed'; readonly voided: readonly ApprovalRow[] }
  | { readonly kind: 'flood'; readonly deliver?: () => void };

/** The questions of one gateway. */
export class Approvals {
  readonly grants: Grants;
  readonly #kernel: Kernel;
  readonly #listener: ApprovalListener;
  readonly #parked = new Parked();
  /** Questions that a call of this process stands behind. */
  readonly #held = new Set<string>();

  constructor(kernel: Kernel, listener: ApprovalListener) {
    this.#kernel = kernel;
    this.#listener = listener;
    this.grants = new Grants(kernel);
  }

  /**
   * Asks, and waits for the answer, the end of its time or the end of the call. A yes is not used up
   * by this: {@link consume} it in the unit of work that begins the effect, or {@link void} it.
   */
  async ask(question: ApprovalQuestion, signal: AbortSignal): Promise<ApprovalOutcome> {
    const digest = digestOf(question);
    // Hexadecimal: an id is also a word of the command line, which must not begin with a dash.
    const id = randomBytes(16).toString('hex');
    this.#held.add(id);
    let held = id;
    try {
      const opened = await commit(this.#kernel, (tx) => this.#open(tx, question, { id, digest }));
      if (opened.kind !== 'flood') for (const row of opened.voided) this.#listener.resolved(row);
      if (opened.kind === 'changed') return { allowed: false, code: 'exec.approval.mismatch' };
      opened.deliver?.();
      if (opened.kind === 'flood') return { allowed: false, code: 'approval.ask_flood' };
      held = opened.row.id;
      this.#held.add(held);
      if (opened.row.state === 'pending') this.#listener.requested(opened.row);
      return await this.outcome(held, signal);
    } catch (error) {
      if (isStopped(signal)) await this.withdraw(held);
      throw error;
    } finally {
      this.#held.delete(id);
      this.#held.delete(held);
    }
  }

  /**
   * Asks for a client under an id of its choice, and does not wait: {@link outcome} does. Throws
   * `approval.ask_flood`, and `exec.approval.exists` for an id that is taken.
   */
  async open(question: ApprovalQuestion, id: string): Promise<ApprovalRow> {
    const digest = digestOf(question);
    const opened = await commit(this.#kernel, (tx) => this.#open(tx, question, { id, digest }));
    if (opened.kind === 'changed') throw refusal('mismatch');
    opened.deliver?.();
    if (opened.kind === 'flood') throw refusal('flood');
    if (opened.row.state === 'pending') this.#listener.requested(opened.row);
    return opened.row;
  }

  /** Whether approvers are reached in their conversations. */
  get isForwarded(): boolean {
    return this.#listener.isForwarded();
  }

  /** Whether somebody exists, connected or not, who may answer what was asked on a channel. */
  async isReachable(askedOn: string | undefined): Promise<boolean> {
    return await this.#listener.isReachable(askedOn);
  }

  /** Waits until a question is answered or its time is over. Rejects when `signal` aborts. */
  async outcome(id: string, signal: AbortSignal): Promise<ApprovalOutcome> {
    for (;;) {
      signal.throwIfAborted();
      const { row, lapsed } = await commit(this.#kernel, (tx) => this.#look(tx, id));
      if (lapsed) this.#listener.resolved(row);
      switch (row.state) {
        case 'allowed':
          return { allowed: true, id };
        case 'pending':
          await this.#parked.wait(id, signal);
          break;
        case 'expired':
          return row.resolvedAt === undefined
            ? { allowed: false, code: 'exec.approval.expired', unanswered: true }
            : { allowed: false, code: 'exec.approval.expired' };
        case 'denied':
          return { allowed: false, code: 'exec.approval.denied' };
        default:
          return { allowed: false, code: `approval.${row.state}` };
      }
    }
  }

  /**
   * Uses a yes up, in the unit of work that begins its effect. Throws `exec.approval.*` when there is
   * none that is good now.
   */
  async consume(tx: Tx, id: string): Promise<ApprovalRow> {
    const row = await tx.get(approvalsTable, id);
    if (row === undefined) throw refusal('not_found');
    if (row.state === 'pending' || row.state === 'denied') throw refusal(row.state);
    if (row.state === 'used') throw refusal('consumed');
    if (row.state !== 'allowed') throw refusal('mismatch');
    if (isTooLate(row, this.#kernel.now())) throw refusal('expired');
    const used: ApprovalRow = { ...row, state: 'used' };
    this.#write(tx, used, row.requester);
    return used;
  }

  /** Takes a yes back: what would happen now is something else. */
  async void(id: string): Promise<void> {
    const row = await commit(this.#kernel, async (tx) => {
      const old = await tx.get(approvalsTable, id);
      return old?.state === 'allowed' ? this.#voided(tx, old) : undefined;
    });
    if (row !== undefined) this.#listener.resolved(row);
  }

  /**
   * Answers a question. The caller has checked that the actor is an approver of it. `allow-always`
   * leaves a grant in the same unit of work; it ends after `grantForMs`, or when it is revoked.
   *
   * Throws `exec.approval.not_found`, `.expired`, `.already_resolved`, `.decision_not_offered`,
   * `.not_authorized` for a yes of the client that asked, and `.mismatch` when `shown` is not the
   * digest of the question.
   */
  async resolve(
    actor: string,
    id: string,
    answer: ApprovalAnswer,
    { shown, grantForMs }: { readonly shown?: string; readonly grantForMs?: number } = {},
  ): Promise<ApprovalRow> {
    const row = await commit(this.#kernel, async (tx) => {
      const old = await tx.get(approvalsTable, id);
      if (old === undefined) throw refusal('not_found');
      if (shown !== undefined && shown !== old.digest) throw refusal('mismatch');
      const now = this.#kernel.now();
      if (old.state !== 'pending') throw refusal('already_resolved');
      if (now > old.expiresAt) throw refusal('expired');
      if (!old.offered.includes(answer)) throw refusal('decision_not_offered');
      const isOwn = old.byClient === true && old.requester === actor;
      if (isOwn && answer !== 'deny') throw refusal('own');
      const state = answer === 'deny' ? 'denied' : 'allowed';
      const next: ApprovalRow = { ...old, state, answer, resolvedAt: now, resolvedBy: actor };
      this.#write(tx, next, actor);
      if (answer === 'allow-always') {
        this.grants.leave(tx, next, actor, grantForMs === undefined ? undefined : now + grantForMs);
      }
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

  /** Forgets questions from before `before`, a bounded number at a time. Resolves with how many. */
  async sweep(before: number): Promise<number> {
    return await commit(this.#kernel, async (tx) => {
      let gone = await floods.sweep(tx, before);
      for (const state of APPROVAL_STATES) {
        const query = { index: 'byState', equals: [state], upTo: before, limit: SWEEP } as const;
        for (const { key } of await tx.find(approvalsTable, query)) {
          tx.delete(approvalsTable, key);
          gone += 1;
        }
      }
      return gone + (await this.grants.sweep(tx, this.#kernel.now()));
    });
  }

  /** The record of this very question, made now or by a process before this one. */
  async #open(
    tx: Tx,
    question: ApprovalQuestion,
    { id, digest }: { readonly id: string; readonly digest: string },
  ): Promise<Opened> {
    const { run, callId } = question;
    const mine = (
      await tx.find(approvalsTable, { index: 'byCall', equals: [run.runId, callId] })
    ).map(({ value }) => value);
    // A yes that was used is spent: the same effect once more is another question.
    const known = mine.find((row) => row.digest === digest && !isSpent(row));
    if (known !== undefined) return { kind: 'open', row: known, voided: [] };
    const left = mine.filter(
      (row) => (row.state === 'pending' || row.state === 'allowed') && !this.#held.has(row.id),
    );
    const voided = left.map((row) => this.#voided(tx, row));
    const answered = left.some(({ state }) => state === 'allowed');
    if (answered && question.remade !== true) return { kind: 'changed', voided };
    const now = this.#kernel.now();
    if (await isFlood(tx, run, now)) return await this.#flood(tx, question, now);
    if ((await tx.get(approvalsTable, id)) !== undefined) throw refusal('exists');
    const row = newRow(question, { id, digest, now });
    const { ids, deliver } = this.#prompt(tx, row, question);
    const opened: ApprovalRow = ids.length === 0 ? row : { ...row, prompts: ids };
    this.#write(tx, opened, run.principal.id);
    return { kind: 'open', row: opened, voided, deliver };
  }

  #prompt(tx: Tx, row: ApprovalRow, { client }: ApprovalQuestion): Prompted {
    const isQuiet = row.state !== 'pending' || client?.inConversations === false;
    return isQuiet ? { ids: [], deliver: () => undefined } : this.#listener.prompt(tx, row);
  }

  /** Refuses to ask: approvers hear of it once, the audit log every time. */
  async #flood(tx: Tx, question: ApprovalQuestion, now: number): Promise<Opened> {
    const { run, tool } = question;
    this.#kernel.journal.record(tx, {
      kind: 'approval',
      at: now,
      principal: run.principal.id,
      code: 'approval.ask_flood',
      tool,
      runId: run.runId,
      sessionKey: run.sessionKey,
    });
    if (!(await floods.begin(tx, run, now))) return { kind: 'flood' };
    return { kind: 'flood', deliver: this.#listener.flooded(tx, question).deliver };
  }

  /** Moves a record on whose time is over. */
  async #look(
    tx: Tx,
    id: string,
  ): Promise<{ readonly row: ApprovalRow; readonly lapsed: boolean }> {
    const row = await tx.get(approvalsTable, id);
    if (row === undefined) throw refusal('not_found');
    const now = this.#kernel.now();
    const unanswered = row.state === 'pending' && now > row.expiresAt;
    if (!unanswered && !(row.state === 'allowed' && isTooLate(row, now))) {
      return { row, lapsed: false };
    }
    const next: ApprovalRow = { ...row, state: 'expired' };
    this.#write(tx, next, row.requester);
    return { row: next, lapsed: unanswered };
  }

  /** Takes back a question for which nobody waits any more: an answer would do nothing. */
  async withdraw(id: string): Promise<void> {
    const row = await commit(this.#kernel, async (tx) => {
      const old = await tx.get(approvalsTable, id);
      if (old?.state !== 'pending') return undefined;
      const next: ApprovalRow = { ...old, state: 'cancelled', resolvedAt: this.#kernel.now() };
      this.#write(tx, next, old.requester);
      return next;
    });
    if (row !== undefined) this.#listener.resolved(row);
  }

  #voided(tx: Tx, old: ApprovalRow): ApprovalRow {
    const row: ApprovalRow = { ...old, state: 'voided', resolvedAt: this.#kernel.now() };
    this.#write(tx, row, old.requester);
    return row;
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
      decision: row.codes.join(' '),
      answer: row.answer,
      tool: row.tool,
      runId: row.runId,
      sessionKey: row.sessionKey,
    });
  }
}

/** True for a record that says nothing about doing its effect once more. */
function isSpent({ state }: ApprovalRow): boolean {
  return state === 'used' || state === 'voided';
}

function isTooLate({ resolvedAt = 0 }: ApprovalRow, now: number): boolean {
  return now > resolvedAt + USE_WITHIN_MS;
}
