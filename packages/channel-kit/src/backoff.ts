/**
 * How long to wait before trying again.
 *
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';

/** The shortest and the longest pause, milliseconds. */
export interface BackoffLimits {
  readonly minMs: number;
  readonly maxMs: number;
}

/**
 * Pauses that double with every fault in a row. The upper half of each is random, so that many
 * channels that lost the same network do not come back in step.
 */
export class Backoff {
  readonly #limits: BackoffLimits;
  #faults = 0;

  constructor(limits: BackoffLimits) {
    this.#limits = limits;
  }

  /** Faults since the last {@link reset}. */
  get faults(): number {
    return this.#faults;
  }

  /** Counts one more fault and says how long to wait after it, milliseconds. */
  next(): number {
    const { minMs, maxMs } = this.#limits;
    const full = Math.min(maxMs, minMs * 2 ** Math.min(this.#faults, 20));
    this.#faults += 1;
    return Math.round(full / 2 + (Math.random() * full) / 2);
  }

  /** All is well again: the next pause is a short one. */
  reset(): void {
    this.#faults = 0;
  }
}

/** Waits `ms`, or returns early when `signal` aborts. Never rejects; leaves no timer behind. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}
