/**
 * Where every event is written down before anything is done about it.
 *
 * A row is kept under the event's dedupe key: a redelivery finds it and changes nothing. Text stays
 * in the row only while it is needed; the key stays for the retention time.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';

import {
  type Event,
  type EventKind,
  type Principal,
  type Table,
  type Tx,
  PortcullisError,
  defineTable,
} from '@portcullis/core';
import { dedupeKey } from '@portcullis/policy';
import type { Capability } from '@portcullis/policy/capability';

import { textHash } from '../audit/journal.ts';
import type { Hold } from '../budgets/counters.ts';
import { type Kernel, commit } from '../kernel.ts';
import { placeOf } from './policy-input.ts';

/** What an admitted event became. */
export interface InboxRun {
  readonly runId: string;
  readonly agentId: string;
  readonly sessionKey: string;
  readonly principal: Principal;
  readonly isOwner: boolean;
  /** Code of the admitting decision. */
  readonly code: string;
  /** What it may do at most, where it acts on rights it was handed. */
  readonly capability?: Capability;
}

/** One event on its way. `pending`: not decided. `admitted`: waits for its turn or is in it. */
export interface InboxRow {
  readonly state: 'pending' | 'admitted' | 'done';
  readonly receivedAt: number;
  readonly textHash?: string;
  /** Gone once the event is done. */
  readonly event?: Event;
  readonly run?: InboxRun;
  /** Copy of `run.runId`, to find a row by it. */
  readonly runId?: string;
  /** What was set aside for its answer, until it is sent. */
  readonly hold?: Hold;
  /** How often its turn began: a restart begins it again. */
  readonly starts?: number;
  /** How it ended: a decision code, `answered`, `error`, `aborted`. */
  readonly outcome?: string;
}

/** All events, by dedupe key. */
export const inboxTable: Table<InboxRow> = defineTable<InboxRow>('inbox', {
  byState: ['state', 'receivedAt'],
  byRun: ['runId'],
});

/** Most events that may wait for a decision or a turn at once, over all sessions. */
export const INBOX_CAP = 20_000;

/**
 * Told that an event is over, inside the unit of work that ends it: the decision that refused it,
 * `answered`, `error` or `aborted`. May run again, like all units of work.
 */
export type EndListener = (tx: Tx, event: Event, outcome: string) => Promise<void>;

/** Accepts events durably and hands them on. */
export class GatewayInbox {
  readonly #kernel: Kernel;
  readonly #next: (key: string, event: Event) => void;
  readonly #ends = new Map<EventKind, EndListener>();
  #waiting = 0;

  /** `next` is called once per accepted event, in the order of acceptance, after its commit. */
  constructor(kernel: Kernel, next: (key: string, event: Event) => void) {
    this.#kernel = kernel;
    this.#next = next;
  }

  /** How many accepted events are not done. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Has `listener` hear of the end of every event of a kind that a door of the gateway makes. */
  onEnd(kind: EventKind, listener: EndListener): void {
    this.#ends.set(kind, listener);
  }

  /**
   * Writes the event. Resolves after the commit. What belongs to it is written by `claim` in the same
   * unit of work, before it; when that resolves with false, nothing is.
   *
   * Throws `inbox.overloaded` (retryable) when too many events wait, and what the store throws; then
   * nothing was accepted.
   */
  async accept(event: Event): Promise<'accepted' | 'duplicate'>;
  async accept(
    event: Event,
    claim: (tx: Tx) => Promise<boolean>,
  ): Promise<'accepted' | 'duplicate' | 'withdrawn'>;
  async accept(
    event: Event,
    claim?: (tx: Tx) => Promise<boolean>,
  ): Promise<'accepted' | 'duplicate' | 'withdrawn'> {
    if (this.#waiting >= INBOX_CAP) {
      throw new PortcullisError('inbox.overloaded', 'Too many messages are waiting.', {
        hint: 'Try again in a moment.',
        retryable: true,
        retryAfterMs: 1000,
      });
    }
    const kernel = this.#kernel;
    const key = this.keyOf(event);
    const row: InboxRow = {
      state: 'pending',
      receivedAt: kernel.now(),
      event,
      ...(event.text === undefined ? {} : { textHash: textHash(event.text) }),
    };
    kernel.step('inbox.before-commit');
    this.#waiting += 1;
    let outcome: 'accepted' | 'duplicate' | 'withdrawn' = 'duplicate';
    try {
      outcome = await commit(kernel, async (tx) => {
        if ((await tx.get(inboxTable, key)) !== undefined) return 'duplicate';
        if (claim !== undefined && !(await claim(tx))) return 'withdrawn';
        tx.put(inboxTable, key, row);
        return 'accepted';
      });
    } finally {
      if (outcome !== 'accepted') this.#waiting -= 1;
    }
    kernel.step('inbox.after-commit');
    if (outcome === 'accepted') this.#next(key, event);
    return outcome;
  }

  /** The key of an event: equal for redeliveries of one occurrence, different for all else. */
  keyOf(event: Event): string {
    const { conversation, eventId, kind, origin, sender } = event;
    if (eventId === undefined) return `once:${randomUUID()}`;
    // A client that reconnects is another connection and still the same conversation.
    if (origin !== undefined) return JSON.stringify([kind, conversation.id, eventId]);
    return dedupeKey({ ...placeOf(event), sender, eventId }) ?? `once:${randomUUID()}`;
  }

  /** Hands on what an earlier process accepted and did not finish, in order. */
  async recover(resume: (key: string, row: InboxRow) => void): Promise<number> {
    const open = await this.#kernel.store.transact(async (tx) => {
      const all = { index: 'byState', limit: 2 * INBOX_CAP } as const;
      const admitted = await tx.find(inboxTable, { ...all, equals: ['admitted'] });
      const pending = await tx.find(inboxTable, { ...all, equals: ['pending'] });
      return [...admitted, ...pending].toSorted((a, b) => a.seq - b.seq);
    });
    this.#waiting += open.length;
    for (const { key, value } of open) resume(key, value);
    return open.length;
  }

  /** Marks an event done inside the unit of work `tx`; its text leaves the inbox. */
  async settle(tx: Tx, key: string, row: InboxRow, outcome: string): Promise<void> {
    const { event, hold: _settled, ...rest } = row;
    tx.put(inboxTable, key, { ...rest, state: 'done', outcome });
    if (event !== undefined) await this.#ends.get(event.kind)?.(tx, event, outcome);
  }

  /** Tells that an event was settled by a commit. */
  settled(): void {
    this.#waiting -= 1;
  }

  /** Deletes done rows received before `before`. Returns how many. */
  async sweep(before: number): Promise<number> {
    return await commit(this.#kernel, async (tx) => {
      const old = await tx.find(inboxTable, {
        index: 'byState',
        equals: ['done'],
        upTo: before,
        limit: 500,
      });
      for (const { key } of old) tx.delete(inboxTable, key);
      return old.length;
    });
  }
}
