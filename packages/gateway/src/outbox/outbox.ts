/**
 * The outbox as the rest of the gateway and operators use it.
 *
 * @module
 */
import { PortcullisError, type Tx } from '@portcullis/core';

import { type Kernel, commit } from '../kernel.ts';
import type { Caller, OutboxItem, OutboxService, OutboxState } from '../services.ts';
import { Delivery } from './delivery.ts';
import { keepBytes } from './files.ts';
import {
  type ChannelOf,
  type Outgoing,
  type OutboxRow,
  describeRow,
  outboxTable,
  toRows,
  writeRow,
} from './row.ts';

/** What waits to go out, and what did not arrive for sure. */
export class Outbox implements OutboxService {
  readonly #kernel: Kernel;
  readonly #channelOf: ChannelOf;
  readonly #delivery: Delivery;

  constructor(kernel: Kernel, channelOf: ChannelOf) {
    this.#kernel = kernel;
    this.#channelOf = channelOf;
    this.#delivery = new Delivery(kernel, channelOf);
  }

  /**
   * Writes a message inside the unit of work `tx`, in pieces its network takes. Give the result to
   * {@link deliver} once the unit is committed.
   */
  enqueue(tx: Tx, outgoing: Omit<Outgoing, 'file'>): readonly OutboxRow[] {
    const rows = this.#rowsOf(outgoing);
    for (const row of rows) writeRow(this.#kernel, tx, row, 'outbox.pending');
    return rows;
  }

  /** The same for a message that may have a file, whose bytes are kept with it. Throws `outbox.full`. */
  async enqueueFile(tx: Tx, outgoing: Outgoing): Promise<readonly OutboxRow[]> {
    const rows = this.#rowsOf(outgoing);
    for (const row of rows) {
      writeRow(this.#kernel, tx, row, 'outbox.pending');
      if (row.file !== undefined && outgoing.file !== undefined) {
        await keepBytes(tx, row.id, outgoing.file);
      }
    }
    return rows;
  }

  #rowsOf(outgoing: Outgoing): readonly OutboxRow[] {
    const { channel, accountId } = outgoing.to;
    return toRows(outgoing, this.#channelOf(channel, accountId), this.#kernel.now());
  }

  /** In how many pieces a message would go out. */
  countParts(outgoing: Outgoing): number {
    return this.#rowsOf(outgoing).length;
  }

  /** Starts sending committed rows. */
  deliver(rows: readonly OutboxRow[]): void {
    this.#delivery.deliver(rows);
  }

  /** Resolves when all of them are settled, or after `ms`. Ask before they are delivered. */
  async settled(ids: readonly string[], ms: number): Promise<void> {
    await this.#delivery.settled(ids, ms);
  }

  /** Takes up what an earlier process left. Resolves with how many sends are in doubt. */
  recover(): Promise<number> {
    return this.#delivery.recover();
  }

  /** Stops sending; what is on the wire gets `budgetMs` to end. */
  close(budgetMs: number): Promise<void> {
    return this.#delivery.close(budgetMs);
  }

  /** Without a state: everything but what was sent. */
  async list(
    options: { state?: OutboxState; limit?: number } = {},
  ): Promise<readonly OutboxItem[]> {
    const { state, limit = 100 } = options;
    const states: readonly OutboxState[] =
      state === undefined ? ['pending', 'sending', 'unknown', 'failed'] : [state];
    return await this.#kernel.store.transact(async (tx) => {
      const items: OutboxItem[] = [];
      for (const wanted of states) {
        const rows = await tx.find(outboxTable, { index: 'byState', equals: [wanted], limit });
        items.push(...rows.map(({ value }) => describeRow(value)));
      }
      return items.toSorted((a, b) => a.createdAt - b.createdAt).slice(0, limit);
    });
  }

  async retry(caller: Caller, id: string): Promise<OutboxItem> {
    const row = await this.#change(
      caller,
      id,
      'outbox.retried',
      ({ error: _, doubtSince: __, ...old }) => ({
        ...old,
        state: 'pending',
        createdAt: this.#kernel.now(),
      }),
    );
    this.deliver([row]);
    return describeRow(row);
  }

  async drop(caller: Caller, id: string): Promise<OutboxItem> {
    const error = 'Given up by an operator.';
    const row = await this.#change(caller, id, 'outbox.dropped', (old) => ({
      ...old,
      state: 'failed',
      error,
    }));
    return describeRow(row);
  }

  /** Deletes rows settled before `before`, a bounded number at a time. Resolves with how many. */
  async sweep(before: number): Promise<number> {
    return await commit(this.#kernel, async (tx) => {
      let gone = 0;
      for (const state of ['sent', 'failed'] as const) {
        const query = { index: 'byState', equals: [state], upTo: before, limit: 500 } as const;
        for (const { key } of await tx.find(outboxTable, query)) {
          tx.delete(outboxTable, key);
          gone += 1;
        }
      }
      return gone;
    });
  }

  async #change(
    caller: Caller,
    id: string,
    code: string,
    change: (row: OutboxRow) => OutboxRow,
  ): Promise<OutboxRow> {
    return await commit(this.#kernel, async (tx) => {
      const row = await tx.get(outboxTable, id);
      if (row === undefined) {
        throw new PortcullisError('outbox.not_found', 'There is no such outbound message.', {
          hint: 'openclaw outbox list shows those there are.',
        });
      }
      if (row.state !== 'unknown' && row.state !== 'failed') {
        throw new PortcullisError('outbox.wrong_state', `The message is ${row.state}.`, {
          hint: 'Only messages that are unknown or failed can be retried or dropped.',
        });
      }
      if (code === 'outbox.retried' && row.state === 'failed' && row.file !== undefined) {
        throw new PortcullisError(
          'outbox.file_gone',
          'The file of the message is no longer kept.',
          {
            hint: 'Have it sent anew.',
          },
        );
      }
      const next = change(row);
      writeRow(this.#kernel, tx, next, code, caller.id);
      return next;
    });
  }
}
