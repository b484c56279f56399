/**
 * Silence for the Signal library, which prints whole sessions with their private keys.
 *
 * Only what the fake itself does is silenced: a client in the same process prints as ever, so that
 * tests can see what it lets out.
 *
 * @module
 */
import { AsyncLocalStorage } from 'node:async_hooks';

const quiet = new AsyncLocalStorage<true>();

for (const level of ['info', 'warn', 'error'] as const) {
  const print = console[level];
  console[level] = (...words: unknown[]) => {
    if (quiet.getStore() === undefined) print.apply(console, words);
  };
}

/** Runs something whose words to the console are dropped. */
export async function quietly<Result>(act: () => Promise<Result>): Promise<Result> {
  return await quiet.run(true, act);
}
