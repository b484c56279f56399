/**
 * Sends the rows of the outbox, in order per conversation.
 *
 * A row is `sending` before the network is touched. Found `sending` after a crash, it may have
 * arrived: it becomes `unknown`, and is sent again only where the network still drops a repeated
 * idempotency key. Elsewhere the network is asked; what stays in doubt is shown to the owner.
 *
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';

import { type Channel, DeliveryError, type OutboundFile, PortcullisError } from '@portcullis/core';

import { type Kernel, commit } from '../kernel.ts';
import { readBytes, textsOf } from './files.ts';
import { type ChannelOf, type OutboxRow, outboxTable, writeRow } from './row.ts';
import { traced } from '../trace/traced.ts';

const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 300_000;
/** A message that certainly was not taken is given up after this long. */
const GIVE_UP_MS = 24 * 3_600_000;
/** A doubt that a process left without having asked the network is taken up by those after it so long. */
const ASK_AGAIN_MS = 3_600_000;

/** What an earlier process left. */
interface Left {
  /** To be sent, in order. */
  readonly waiting: readonly OutboxRow[];
  /** Ids of rows the network is to be asked about. */
  readonly doubtful: readonly string[];
  /** How many were on their way. */
  readonly left: number;
}

interface Line {
  readonly ids: string[];
  busy: boolean;
}

/** Delivers committed rows. */
export class Delivery {
  readonly #kernel: Kernel;
  readonly #channelOf: ChannelOf;
  readonly #lines = new Map<string, Line>();
  readonly #stop = new AbortController();
  readonly #working = new Set<Promise<void>>();
  /** Who waits for a row to be settled. */
  readonly #watchers = new Map<string, Set<() => void>>();
  /** Rows of now that wait for those an earlier process left; undefined once these are known. */
  #early: OutboxRow[] | undefined = [];
  #closing = false;

  constructor(kernel: Kernel, channelOf: ChannelOf) {
    this.#kernel = kernel;
    this.#channelOf = channelOf;
  }

  /** Sends rows committed as `pending`, after those given before for the same conversation. */
  deliver(rows: readonly OutboxRow[]): void {
    if (this.#closing) return;
    if (this.#early !== undefined) {
      this.#early.push(...rows);
      return;
    }
    for (const { id, to } of rows) {
      const key = JSON.stringify([
        to.channel,
        to.accountId,
        to.id,
        to.topicId ?? to.threadId ?? '',
      ]);
      const line = this.#lines.get(key) ?? { ids: [], busy: false };
      this.#lines.set(key, line);
      line.ids.push(id);
      if (!line.busy) this.#background(this.#drain(key, line));
    }
  }

  /** Resolves when every row is sent, doubtful or failed, or after `ms`. */
  async settled(ids: readonly string[], ms: number): Promise<void> {
    const late = new AbortController();
    const each = ids.map((id) => this.#settledOne(id, late.signal));
    const timer = sleep(ms, undefined, { ref: false, signal: late.signal }).catch(() => undefined);
    await Promise.race([Promise.all(each), timer]);
    late.abort();
  }

  #settledOne(id: string, left: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const watchers = this.#watchers.get(id) ?? new Set();
      this.#watchers.set(id, watchers);
      const end = (): void => {
        watchers.delete(end);
        if (watchers.size === 0) this.#watchers.delete(id);
        resolve();
      };
      watchers.add(end);
      left.addEventListener('abort', end, { once: true });
    });
  }

  /**
   * Takes up what an earlier process left, in the order it was to be said in, and ahead of everything
   * that is said since. Resolves with how many sends it left in doubt.
   */
  async recover(): Promise<number> {
    const { waiting, doubtful, left } = await this.#takeUp().catch((cause: unknown) => {
      // What is said now goes out all the same.
      this.#release([]);
      throw cause;
    });
    this.#release(waiting);
    for (const id of doubtful) this.#background(this.resolveDoubt(id));
    return left;
  }

  async #takeUp(): Promise<Left> {
    return await commit(this.#kernel, async (tx) => {
      const all = { index: 'byState', limit: 100_000 } as const;
      const sending = await tx.find(outboxTable, { ...all, equals: ['sending'] });
      const unasked = await tx.find(outboxTable, { ...all, equals: ['unknown'] });
      const pending = await tx.find(outboxTable, { ...all, equals: ['pending'] });
      const again: (typeof pending)[number][] = [];
      const asked: string[] = [];
      const since = this.#kernel.now() - ASK_AGAIN_MS;
      for (const each of [...sending, ...unasked.filter(({ value }) => value.settledAt >= since)]) {
        const inDoubt = this.#doubted(each.value);
        const isSafe = inDoubt.state === 'pending';
        if (isSafe) again.push({ ...each, value: inDoubt });
        else asked.push(inDoubt.id);
        if (isSafe || each.value.state === 'sending')
          writeRow(this.#kernel, tx, inDoubt, isSafe ? 'outbox.resent' : 'outbox.unknown');
      }
      const rows = [...pending, ...again].toSorted((a, b) => a.seq - b.seq);
      return { waiting: rows.map(({ value }) => value), doubtful: asked, left: sending.length };
    });
  }

  /** Sends what was left, then what was said since. */
  #release(waiting: readonly OutboxRow[]): void {
    const known = new Set(waiting.map(({ id }) => id));
    const early = (this.#early ?? []).filter(({ id }) => !known.has(id));
    this.#early = undefined;
    this.deliver([...waiting, ...early]);
  }

  /** A row that may have arrived: to be sent again where the network drops what it has, else in doubt. */
  #doubted(row: OutboxRow): OutboxRow {
    const error = 'The gateway stopped while sending; the message may have arrived.';
    const inDoubt = { ...row, ...doubtOf(row), error: row.error ?? error };
    const channel = this.#channelOf(row.to.channel, row.to.accountId);
    const isSafe = channel !== undefined && dropsRepeat(channel, inDoubt, this.#kernel.now());
    return { ...inDoubt, state: isSafe ? 'pending' : 'unknown' };
  }

  /** Asks the network about a doubtful send, or sends it again where that is safe. */
  async resolveDoubt(id: string): Promise<void> {
    const row = await this.#kernel.store.transact((tx) => tx.get(outboxTable, id));
    if (row?.state !== 'unknown') return;
    const channel = this.#channelOf(row.to.channel, row.to.accountId);
    if (channel !== undefined && dropsRepeat(channel, row, this.#kernel.now())) {
      const again: OutboxRow = { ...row, state: 'pending' };
      await this.#settle(again, 'outbox.resent');
      this.deliver([again]);
      return;
    }
    await this.#lookUp(row);
  }

  /** Asks the network about a row that is `unknown`. */
  async #lookUp(row: OutboxRow): Promise<void> {
    const { id, to } = row;
    const channel = this.#channelOf(to.channel, to.accountId);
    try {
      const receipt = await channel?.lookup?.(id, this.#stop.signal, row.to);
      if (receipt === undefined) return;
      await this.#settle({ ...row, state: 'sent', messageId: receipt.messageId }, 'outbox.found');
    } catch (cause) {
      this.#kernel.log.warn({ outboxId: id, err: cause }, 'outbox: a doubtful send stays in doubt');
    }
  }

  /** Stops sending. What is on the wire gets `budgetMs` to end; what waits stays `pending`. */
  async close(budgetMs: number): Promise<void> {
    this.#closing = true;
    const timer = setTimeout(() => this.#stop.abort(), budgetMs);
    this.#wake.abort();
    await Promise.allSettled(this.#working);
    clearTimeout(timer);
    this.#stop.abort();
  }

  /** Aborts when waiting between tries makes no sense any more. */
  readonly #wake = new AbortController();

  #background(work: Promise<void>): void {
    const done: Promise<void> = work
      .catch((cause: unknown) => {
        if (this.#closing) return;
        this.#kernel.log.error({ err: cause }, 'outbox: delivery stopped by an unexpected error');
      })
      .then(() => {
        this.#working.delete(done);
      });
    this.#working.add(done);
  }

  async #drain(key: string, line: Line): Promise<void> {
    line.busy = true;
    try {
      for (let id = line.ids.shift(); id !== undefined; id = line.ids.shift()) {
        await this.#send(id);
        if (this.#closing) return;
      }
    } finally {
      line.busy = false;
      if (line.ids.length === 0) this.#lines.delete(key);
      else if (!this.#closing) this.#background(this.#drain(key, line));
    }
  }

  /** Sends one row until it is settled, or the outbox closes. */
  async #send(id: string): Promise<void> {
    for (let tries = 0; !this.#closing; tries += 1) {
      const wait = await this.#attempt(id);
      if (wait === undefined) return;
      const backoff = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(tries, 20));
      const pause = Math.max(wait, backoff * (0.75 + Math.random() / 2));
      await sleep(pause, undefined, { signal: this.#wake.signal });
    }
  }

  /** One try. Undefined: settled. Else: milliseconds the network asked to wait before the next. */
  async #attempt(id: string): Promise<number | undefined> {
    const kernel = this.#kernel;
    kernel.step('outbox.before-claim');
    const row = await this.#claim(id);
    if (row === undefined) return undefined;
    const channel = this.#channelOf(row.to.channel, row.to.accountId);
    if (row.state === 'pending' || channel === undefined) return 0;
    kernel.step('outbox.after-claim');
    if (row.doubtSince !== undefined && !dropsRepeat(channel, row, kernel.now())) {
      await this.#settle({ ...row, state: 'unknown' }, 'outbox.unknown');
      await this.#lookUp(row);
      return undefined;
    }
    const file = await this.#fileOf(row, channel);
    if (file === 'gone') return undefined;
    if (await this.#isBlocked(row, file)) return undefined;
    const { to, text, replyTo, buttons } = row;
    try {
      kernel.step('outbox.before-send');
      const message = {
        to,
        text,
        idempotencyKey: id,
        ...(replyTo === undefined ? {} : { replyTo }),
        ...(buttons === undefined ? {} : { buttons }),
        ...(file === undefined ? {} : { file }),
      };
      const { messageId } = await traced('outbox.send', { channel: to.channel }, () =>
        channel.send(message, this.#stop.signal),
      );
      kernel.step('outbox.after-send');
      await this.#settle({ ...row, state: 'sent', messageId }, 'outbox.sent');
      return undefined;
    } catch (error) {
      return await this.#failed(row, error);
    }
  }

  /** The file of a row. One that can never go out is settled as such. */
  async #fileOf(row: OutboxRow, channel: Channel): Promise<OutboundFile | 'gone' | undefined> {
    const { file } = row;
    if (file === undefined) return undefined;
    const kept = await this.#kernel.store.transact((tx) => readBytes(tx, row.id, file));
    if (kept !== undefined && file.size <= (channel.maxFileBytes ?? -1)) return kept;
    const error =
      kept === undefined
        ? 'Its file is gone, or is not the one that was to be sent.'
        : 'The network takes no file of this size.';
    await this.#settle({ ...row, state: 'failed', error }, 'outbox.failed');
    return 'gone';
  }

  /** The last wall: what tells a secret of the gateway is not sent, whoever wrote it. */
  async #isBlocked(row: OutboxRow, file: OutboundFile | undefined): Promise<boolean> {
    const { egress } = this.#kernel;
    const inFile = file === undefined ? [] : textsOf(file);
    const place = JSON.stringify(['outbox', row.to.channel, row.to.accountId, row.to.id]);
    const labels = (row.buttons ?? []).flat().map(({ label }) => label);
    if (!egress.completes(place, '', [row.text, ...labels, ...inFile])) {
      egress.left(place, '', [row.text]);
      return false;
    }
    this.#kernel.log.warn({ outboxId: row.id }, 'outbox: a message held a secret and was not sent');
    const error = 'It holds a secret of this gateway.';
    const kept: OutboxRow = { ...row, state: 'failed', text: egress.redact(row.text), error };
    await this.#settle(kept, 'secret.egress_blocked');
    return true;
  }

  /** Takes a row for sending; it stays `pending` while its channel is not running. */
  async #claim(id: string): Promise<OutboxRow | undefined> {
    return await commit(this.#kernel, async (tx) => {
      const row = await tx.get(outboxTable, id);
      if (row?.state !== 'pending') return undefined;
      if (this.#channelOf(row.to.channel, row.to.accountId) === undefined) return row;
      const claimed: OutboxRow = { ...row, state: 'sending', attempts: row.attempts + 1 };
      return writeRow(this.#kernel, tx, claimed, 'outbox.sending');
    });
  }

  async #failed(row: OutboxRow, error: unknown): Promise<number | undefined> {
    const known = PortcullisError.is(error) ? error : undefined;
    const outcome = DeliveryError.outcomeOf(error);
    const sentence = known?.message ?? 'The channel threw an unexpected error.';
    this.#kernel.log.warn(
      { outboxId: row.id, outcome, code: known?.code, err: error },
      'outbox: a send did not succeed',
    );
    const now = this.#kernel.now();
    const tried: OutboxRow = {
      ...row,
      ...(outcome === 'unknown' && doubtOf(row)),
      error: sentence,
    };
    const goesOn = now - row.createdAt < GIVE_UP_MS;
    const channel = this.#channelOf(row.to.channel, row.to.accountId);
    const isSafe =
      outcome === 'unknown' && channel !== undefined && dropsRepeat(channel, tried, now);
    if (goesOn && (outcome === 'retry' || isSafe)) {
      const code = isSafe ? 'outbox.resent' : 'outbox.retry';
      await this.#settle({ ...tried, state: 'pending' }, code);
      return known?.retryAfterMs ?? 0;
    }
    // Turned away now, it may still have arrived when it was first sent.
    const state = tried.doubtSince === undefined ? 'failed' : 'unknown';
    await this.#settle({ ...tried, state }, `outbox.${state}`);
    if (state === 'unknown') await this.#lookUp(tried);
    return undefined;
  }

  async #settle(row: OutboxRow, code: string): Promise<void> {
    this.#kernel.step('outbox.before-settle');
    await commit(this.#kernel, (tx) => {
      writeRow(this.#kernel, tx, row, code);
    });
    this.#kernel.step('outbox.after-settle');
    if (row.state === 'pending') return;
    for (const end of this.#watchers.get(row.id) ?? []) end();
  }
}

/** Since when a row that was being sent is in doubt: since it first was on its way. */
function doubtOf({ doubtSince, settledAt }: OutboxRow): Pick<OutboxRow, 'doubtSince'> {
  return { doubtSince: doubtSince ?? settledAt };
}

/** Whether the network still knows the key of a doubtful row, and so drops it when it comes again. */
function dropsRepeat({ idempotentSend }: Channel, { doubtSince }: OutboxRow, now: number): boolean {
  if (idempotentSend === undefined || idempotentSend === true) return idempotentSend === true;
  const age = doubtSince === undefined ? -1 : now - doubtSince;
  return age >= 0 && age < idempotentSend.withinMs;
}
