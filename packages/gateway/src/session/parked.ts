/**
 * Turns that wait for a person: woken by the answer in this process, and looking for themselves from
 * time to time for what a clock or another process changed.
 *
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';

import { RunAborted } from './runs.ts';

const LOOK_MS = 1000;

/** Those who wait, by the id of what they wait for. One each. */
export class Parked {
  readonly #waiting = new Map<string, () => void>();

  /** Resolves when `id` was woken, or after a while. Rejects when `signal` aborts. */
  async wait(id: string, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.set(id, resolve);
    const look = new AbortController();
    try {
      const late = sleep(LOOK_MS, undefined, { signal: AbortSignal.any([signal, look.signal]) });
      await Promise.race([promise, late]);
    } finally {
      look.abort();
      this.#waiting.delete(id);
    }
  }

  /** Lets the one who waits for `id` look. */
  wake(id: string): void {
    this.#waiting.get(id)?.();
  }
}

/** A run that was stopped for good; after a shutdown it begins again and finds what it waits for. */
export function isStopped({ aborted, reason }: AbortSignal): boolean {
  return aborted && reason instanceof RunAborted && reason.reason !== 'shutdown';
}
