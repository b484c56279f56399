/**
 * The state of the connection, and what to do after a fault of it: wait the right time and go on, or
 * give up because waiting cannot help.
 *
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ChannelStatus, Logger } from '@portcullis/core';
import { CallError, type Timings } from './api.ts';
import { type CallFailure, isUnauthorized, unauthorized } from './errors.ts';

/** What happened to the connection, as the parts of the channel saw it. */
export class Health {
  #state: ChannelStatus['state'] = 'starting';
  #identity: string | undefined;
  #lastContactAt: number | undefined;
  #lastError: string | undefined;
  #restarts = 0;

  /** Our account became known. */
  known(username: string): void {
    this.#identity = `@${username}`;
  }

  /** The network answered. */
  contact(): void {
    if (this.#state === 'reconnecting') this.#restarts += 1;
    this.#state = 'connected';
    this.#lastContactAt = Date.now();
  }

  /** The connection was lost and is being mended. `why`: one sentence without secrets. */
  lost(why: string): void {
    this.#state = 'reconnecting';
    this.#lastError = why;
  }

  /** Something else went wrong; the connection stands. */
  fault(why: string): void {
    this.#lastError = why;
  }

  /** The channel ended. */
  ended(state: 'stopped' | 'failed', why?: string): void {
    this.#state = state;
    this.#lastError = why ?? this.#lastError;
  }

  /** The state right now. */
  status(): ChannelStatus {
    return {
      state: this.#state,
      restarts: this.#restarts,
      ...(this.#identity === undefined ? {} : { identity: this.#identity }),
      ...(this.#lastContactAt === undefined ? {} : { lastContactAt: this.#lastContactAt }),
      ...(this.#lastError === undefined ? {} : { lastError: this.#lastError }),
    };
  }
}

/** What the mending of one channel needs. */
export interface MendingParts {
  readonly health: Health;
  readonly log: Logger;
  readonly timings: Timings;
  readonly signal: AbortSignal;
}

const CONFLICT = 'Another instance polls with this token.';

/** Waits, or returns early when `signal` aborts. Never rejects. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}

/** Counts faults in a row and waits after each. */
export class Mending {
  readonly #parts: MendingParts;
  #faults = 0;

  constructor(parts: MendingParts) {
    this.#parts = parts;
  }

  /** All is well again. */
  mended(): void {
    this.#faults = 0;
  }

  /**
   * Waits after a failed call.
   *
   * Throws `telegram.unauthorized` when the token is not valid.
   */
  async afterCall(error: unknown): Promise<void> {
    const { signal, health, log } = this.#parts;
    if (signal.aborted) return;
    if (!(error instanceof CallError)) throw error;
    const { failure } = error;
    if (isUnauthorized(failure)) throw unauthorized();
    const why = this.#sentence(failure);
    const ms = this.#pauseAfter(failure);
    health.lost(why);
    log.warn({ why, waitMs: ms, faults: this.#faults }, 'Connection to Telegram lost.');
    await pause(ms, signal);
  }

  /** Waits because an event could not be stored. The connection itself is well. */
  async afterInbox(): Promise<void> {
    const { signal, health, log } = this.#parts;
    const ms = this.#backoff();
    health.fault('An update could not be stored; it is fetched again.');
    log.error({ waitMs: ms }, 'An update could not be stored; it is not acknowledged.');
    await pause(ms, signal);
  }

  /** Runs `work` until it works, or until the signal aborts (then undefined). */
  async insist<T>(work: () => Promise<T>): Promise<T | undefined> {
    while (!this.#parts.signal.aborted) {
      try {
        const result = await work();
        this.#parts.health.contact();
        this.mended();
        return result;
      } catch (error) {
        await this.afterCall(error);
      }
    }
    return undefined;
  }

  #sentence(failure: CallFailure): string {
    if (failure.kind === 'aborted') return 'Telegram was silent for too long.';
    if (failure.kind !== 'answered') return failure.description;
    if (failure.status === 409) return CONFLICT;
    return `Telegram answered ${failure.status}: ${failure.description}`;
  }

  #pauseAfter(failure: CallFailure): number {
    const backoff = this.#backoff();
    if (failure.kind !== 'answered') return backoff;
    if (failure.status === 409) return Math.max(backoff, this.#parts.timings.conflictMs);
    return failure.status === 429 ? (failure.retryAfterMs ?? backoff) : backoff;
  }

  /** Doubles with every fault in a row; the upper half is random, so that bots do not march in step. */
  #backoff(): number {
    const { backoffMinMs, backoffMaxMs } = this.#parts.timings;
    const full = Math.min(backoffMaxMs, backoffMinMs * 2 ** Math.min(this.#faults, 20));
    this.#faults += 1;
    return Math.round(full / 2 + (Math.random() * full) / 2);
  }
}
