/**
 * Waiting for something to happen on a fake network.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';

/** Wakes waiters whenever something happened. */
export class Watch {
  readonly #waiters = new Set<() => void>();

  /** Looks again at what everybody waits for. */
  changed(): void {
    for (const check of this.#waiters) check();
  }

  /** Resolves when `done`; else throws `testkit.timeout` with `what` was waited for. */
  async until(done: () => boolean, what: () => string, timeoutMs: number): Promise<void> {
    if (done()) return;
    await new Promise<void>((resolve, reject) => {
      const settle = () => {
        clearTimeout(timer);
        this.#waiters.delete(check);
      };
      const check = () => {
        if (!done()) return;
        settle();
        resolve();
      };
      const timer = setTimeout(() => {
        settle();
        reject(
          new PortcullisError('testkit.timeout', `Waited ${timeoutMs} ms for ${what()}.`, {
            hint: 'Look at the calls the fake received.',
          }),
        );
      }, timeoutMs);
      this.#waiters.add(check);
    });
  }
}
