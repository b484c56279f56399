/**
 * What to do after a fault of the connection: wait the right time and go on, or
 * give up because waiting cannot help.
 *
 * @module
 */
import { Backoff, type Health, pause } from '@portcullis/channel-kit';
import type { Logger } from '@portcullis/core';
import { CallError, type Timings } from './api.ts';
import { type CallFailure, isUnauthorized, unauthorized } from './errors.ts';

/** What the mending of one channel needs. */
export interface MendingParts {
  readonly health: Health;
  readonly log: Logger;
  readonly timings: Timings;
  readonly signal: AbortSignal;
}

const CONFLICT = 'Another instance polls with this token.';

/** Counts faults in a row and waits after each. */
export class Mending {
  readonly #parts: MendingParts;
  readonly #backoff: Backoff;

  constructor(parts: MendingParts) {
    this.#parts = parts;
    const { backoffMinMs: minMs, backoffMaxMs: maxMs } = parts.timings;
    this.#backoff = new Backoff({ minMs, maxMs });
  }

  /** All is well again. */
  mended(): void {
    this.#backoff.reset();
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
    log.warn({ why, waitMs: ms, faults: this.#backoff.faults }, 'Connection to Telegram lost.');
    await pause(ms, signal);
  }

  /** Waits because an event could not be stored. The connection itself is well. */
  async afterInbox(): Promise<void> {
    const { signal, health, log } = this.#parts;
    const ms = this.#backoff.next();
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
    const backoff = this.#backoff.next();
    if (failure.kind !== 'answered') return backoff;
    if (failure.status === 409) return Math.max(backoff, this.#parts.timings.conflictMs);
    return failure.status === 429 ? (failure.retryAfterMs ?? backoff) : backoff;
  }
}
