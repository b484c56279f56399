/**
 * One time limit over several stretches of work, which does not run while a person is asked.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';

/** Gives stretches of work what is left of one budget. */
export class Stopwatch {
  #leftMs: number;
  readonly #limitMs: number;
  readonly #signal: AbortSignal;

  /** `signal` ends the work early. */
  constructor(limitMs: number, signal: AbortSignal) {
    this.#limitMs = limitMs;
    this.#leftMs = limitMs;
    this.#signal = signal;
  }

  /** Runs `work` with a signal that aborts when the budget is used up. Throws `net.timeout` then. */
  async run<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const started = performance.now();
    const over = new AbortController();
    const timer = setTimeout(() => over.abort(this.#timeout()), Math.max(0, this.#leftMs));
    try {
      return await work(AbortSignal.any([this.#signal, over.signal]));
    } catch (error) {
      // Whatever broke because time was up broke because time was up.
      over.signal.throwIfAborted();
      this.#signal.throwIfAborted();
      throw error;
    } finally {
      clearTimeout(timer);
      this.#leftMs -= performance.now() - started;
    }
  }

  #timeout(): PortcullisError {
    const seconds = Math.round(this.#limitMs / 100) / 10;
    return new PortcullisError(
      'net.timeout',
      `The server did not answer within ${String(seconds)} seconds.`,
      { hint: 'Try again later, or ask for less.', retryable: true },
    );
  }
}
