/**
 * Work with an end: of the time it may take, or of the wish for it.
 *
 * @module
 */
import { tooLate } from './faults.ts';

/**
 * Does `work` within `ms` and until one of `signals` aborts. Whatever breaks because time was up
 * broke because time was up. Throws `server.timeout`, and the reasons of `signals`.
 */
export async function within<T>(
  ms: number,
  signals: readonly AbortSignal[],
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(tooLate(ms)), ms);
  const signal = AbortSignal.any([...signals, over.signal]);
  try {
    return await until(signal, work(signal));
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** `work`, or the reason of `signal` as soon as it aborts. */
export async function until<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  // What ends after nobody waits any more is told by the connection itself.
  work.catch(() => undefined);
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
