/**
 * Asking the person who caused a turn.
 *
 * A question waits durably until the person who is asked answers where he was asked, until its time
 * is over, or until its run is stopped. An answer is words of that person: it permits nothing.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';

import {
  type Conversation,
  type Event,
  PortcullisError,
  type Principal,
  type Tx,
} from '@portcullis/core';
import { taintOf } from '@portcullis/policy/flow';

import type { InboxRun } from '../intake/inbox.ts';
import { type Kernel, commit } from '../kernel.ts';
import { Parked, isStopped } from '../session/parked.ts';
import { type QuestionRow, questionsTable } from './question.ts';
import { meaningOf } from './wording.ts';

/** A question before it is asked. */
export interface QuestionDraft {
  readonly run: InboxRun;
  readonly event: Event;
  readonly callId: string;
  readonly text: string;
  readonly options: readonly string[];
  readonly timeoutMs: number;
}

/** Who hears of questions. */
export interface QuestionListener {
  /** Writes the message that asks, in the unit of work that opens the question. */
  readonly prompt: (
    tx: Tx,
    row: QuestionRow,
  ) => { readonly ids: readonly string[]; readonly deliver: () => void };
  readonly requested: (row: QuestionRow) => void;
  readonly resolved: (row: QuestionRow) => void;
}

/** Somebody who answers. */
export type Answerer = Pick<Principal, 'id' | 'trust'>;

/** Most questions of one run. */
const MOST_OF_RUN = 10;
/** Longest a question may wait. */
export const LONGEST_MS: number = 24 * 3_600_000;

/** The questions of one gateway. */
export class Questions {
  readonly #kernel: Kernel;
  readonly #listener: QuestionListener;
  readonly #parked = new Parked();

  constructor(kernel: Kernel, listener: QuestionListener) {
    this.#kernel = kernel;
    this.#listener = listener;
  }

  /**
   * Asks, and waits for the end of the question. A call that asked before finds its question again.
   *
   * Throws `question.nobody` where nobody is there to be asked, `question.too_many`.
   */
  async ask(draft: QuestionDraft, signal: AbortSignal): Promise<QuestionRow> {
    const { row, deliver } = await commit(this.#kernel, (tx) => this.#open(tx, draft));
    deliver?.();
    if (deliver !== undefined) this.#listener.requested(row);
    try {
      return await this.#outcome(row.id, signal);
    } catch (error) {
      if (isStopped(signal)) await this.#end(row.id, 'cancelled');
      throw error;
    }
  }

  async #outcome(id: string, signal: AbortSignal): Promise<QuestionRow> {
    for (;;) {
      signal.throwIfAborted();
      const row = await this.get(id);
      if (row === undefined) throw unknown();
      if (row.state === 'expired') return await this.#end(id, 'expired');
      if (row.state !== 'pending') return row;
      await this.#parked.wait(id, signal);
    }
  }

  /** A question as it stands now. */
  async get(id: string): Promise<QuestionRow | undefined> {
    const row = await this.#kernel.store.transact((tx) => tx.get(questionsTable, id));
    return row === undefined ? undefined : this.#asOfNow(row);
  }

  /** Questions that wait for an answer, oldest first. */
  async pending(): Promise<readonly QuestionRow[]> {
    const rows = await this.#kernel.store.transact((tx) =>
      tx.find(questionsTable, {
        index: 'byState',
        equals: ['pending'],
        above: this.#kernel.now() - LONGEST_MS - 1,
      }),
    );
    return rows.map(({ value }) => this.#asOfNow(value)).filter(({ state }) => state === 'pending');
  }

  /**
   * Takes a message as the answer to the question its writer was asked, inside the unit of work that
   * settles the message. Resolves with the question, to be told of with {@link told}.
   */
  async take(tx: Tx, event: Event, run: InboxRun): Promise<QuestionRow | undefined> {
    const { text, command, attachments, kind } = event;
    if (kind !== 'message' && kind !== 'operator') return undefined;
    if (command !== undefined || (attachments ?? []).length > 0) return undefined;
    if (text === undefined || text.trim() === '') return undefined;
    const waiting = await tx.find(questionsTable, {
      index: 'bySession',
      equals: ['pending', run.sessionKey],
      reverse: true,
    });
    const row = waiting.find(({ value }) => this.#isMeant(value, event, run.principal))?.value;
    if (row === undefined) return undefined;
    return this.#answer(tx, row, run.principal, meaningOf(text, row.options));
  }

  /** Tells everybody of a question whose end was committed. */
  told(row: QuestionRow): void {
    this.#parked.wake(row.id);
    this.#listener.resolved(row);
  }

  /**
   * Answers a question. The caller has checked that `by` may.
   *
   * Throws `question.not_found`, `question.expired`, `question.already_resolved`.
   */
  async answer(by: Answerer, id: string, text: string): Promise<QuestionRow> {
    return await this.#resolve(id, (tx, row) =>
      this.#answer(tx, row, by, meaningOf(text, row.options)),
    );
  }

  /** Ends a question without an answer. Throws as {@link answer}. */
  async decline(by: Answerer, id: string): Promise<QuestionRow> {
    return await this.#resolve(id, (tx, row) =>
      this.#close(tx, { ...row, state: 'declined', resolvedBy: by.id }, by.id),
    );
  }

  /** Calls of a run whose question was not taken to its end: they are taken up again. */
  async openCalls(tx: Tx, runId: string): Promise<ReadonlySet<string>> {
    const rows = await tx.find(questionsTable, { index: 'byCall', equals: [runId] });
    return new Set(rows.map(({ value }) => value.callId));
  }

  /** Deletes questions asked before `before` that are over. Resolves with how many. */
  async sweep(before: number): Promise<number> {
    return await commit(this.#kernel, async (tx) => {
      let gone = 0;
      for (const state of ['answered', 'declined', 'expired', 'cancelled', 'pending'] as const) {
        const query = { index: 'byState', equals: [state], upTo: before, limit: 500 } as const;
        for (const { key } of await tx.find(questionsTable, query)) {
          tx.delete(questionsTable, key);
          gone += 1;
        }
      }
      return gone;
    });
  }

  async #open(
    tx: Tx,
    { run, event, callId, text, options, timeoutMs }: QuestionDraft,
  ): Promise<{ readonly row: QuestionRow; readonly deliver?: () => void }> {
    const door = doorOf(event);
    if (door === undefined) throw nobody();
    const known = await tx.find(questionsTable, { index: 'byCall', equals: [run.runId, callId] });
    const mine = known[0]?.value;
    if (mine !== undefined) return { row: mine };
    const asked = await tx.count(questionsTable, { index: 'byCall', equals: [run.runId] });
    if (asked >= MOST_OF_RUN) throw tooMany();
    const now = this.#kernel.now();
    const row: QuestionRow = {
      id: randomBytes(16).toString('hex'),
      state: 'pending',
      text,
      options,
      runId: run.runId,
      callId,
      sessionKey: run.sessionKey,
      agentId: run.agentId,
      principal: run.principal.id,
      trust: run.principal.trust,
      door,
      conversation: event.conversation,
      createdAt: now,
      expiresAt: now + Math.min(timeoutMs, LONGEST_MS),
    };
    const { ids, deliver } = this.#listener.prompt(tx, row);
    const opened: QuestionRow = ids.length === 0 ? row : { ...row, prompts: ids };
    this.#write(tx, opened, run.principal.id);
    return { row: opened, deliver };
  }

  /** Whether somebody who wrote `event` is the one who is asked, where he is asked. */
  #isMeant(row: QuestionRow, event: Event, principal: Principal): boolean {
    if (this.#asOfNow(row).state !== 'pending') return false;
    // Operators share their sessions; one of less trust than the one who is asked does not stand in.
    if (row.door === 'operator') {
      return event.kind === 'operator' && taintOf(principal.trust) <= taintOf(row.trust);
    }
    return principal.id === row.principal && isSamePlace(event.conversation, row.conversation);
  }

  async #resolve(
    id: string,
    change: (tx: Tx, row: QuestionRow) => QuestionRow,
  ): Promise<QuestionRow> {
    const row = await commit(this.#kernel, async (tx) => {
      const old = await tx.get(questionsTable, id);
      if (old === undefined) throw unknown();
      const { state } = this.#asOfNow(old);
      if (state === 'expired') throw expired();
      if (state !== 'pending') throw alreadyResolved();
      return change(tx, old);
    });
    this.told(row);
    return row;
  }

  #answer(tx: Tx, row: QuestionRow, by: Answerer, answer: string): QuestionRow {
    const { id: resolvedBy, trust: answerTrust } = by;
    return this.#close(tx, { ...row, state: 'answered', answer, answerTrust, resolvedBy }, by.id);
  }

  #close(tx: Tx, row: QuestionRow, actor: string): QuestionRow {
    const over: QuestionRow = { ...row, resolvedAt: this.#kernel.now() };
    this.#write(tx, over, actor);
    return over;
  }

  /** Ends a question nobody answered. Resolves with what became of it. */
  async #end(id: string, state: 'expired' | 'cancelled'): Promise<QuestionRow> {
    let ended = false;
    const row = await commit(this.#kernel, async (tx) => {
      const old = await tx.get(questionsTable, id);
      if (old === undefined) throw unknown();
      ended = old.state === 'pending';
      return ended ? this.#close(tx, { ...old, state }, old.principal) : old;
    });
    if (ended) this.told(row);
    return row;
  }

  #asOfNow(row: QuestionRow): QuestionRow {
    const late = row.state === 'pending' && this.#kernel.now() > row.expiresAt;
    return late ? { ...row, state: 'expired' } : row;
  }

  #write(tx: Tx, row: QuestionRow, principal: string): void {
    tx.put(questionsTable, row.id, row);
    this.#kernel.journal.record(tx, {
      kind: 'question',
      at: this.#kernel.now(),
      principal,
      code: `question.${row.state}`,
      question: row.id,
      runId: row.runId,
      sessionKey: row.sessionKey,
    });
  }
}

/** Where the one who caused an event can be asked; undefined when nobody is there. */
export function doorOf({ kind, origin }: Event): QuestionRow['door'] | undefined {
  if (origin === undefined) return 'channel';
  return kind === 'operator' ? 'operator' : undefined;
}

function isSamePlace(one: Conversation, other: Conversation): boolean {
  return (
    one.channel === other.channel &&
    one.accountId === other.accountId &&
    one.id === other.id &&
    one.topicId === other.topicId &&
    one.threadId === other.threadId
  );
}

function nobody(): PortcullisError {
  return new PortcullisError('question.nobody', 'Nobody is here to be asked.', {
    hint: 'Decide without an answer, and say what you assumed.',
  });
}

function tooMany(): PortcullisError {
  return new PortcullisError('question.too_many', 'Too many questions were asked in this turn.', {
    hint: 'Go on with what you know.',
  });
}

function unknown(): PortcullisError {
  return new PortcullisError('question.not_found', 'There is no such question.', {
    hint: 'It may be over already.',
  });
}

function alreadyResolved(): PortcullisError {
  return new PortcullisError('question.already_resolved', 'The question was answered already.', {
    hint: 'The first answer counts.',
  });
}

function expired(): PortcullisError {
  return new PortcullisError('question.expired', 'The question was not answered in time.', {
    hint: 'The agent has to ask again.',
  });
}
