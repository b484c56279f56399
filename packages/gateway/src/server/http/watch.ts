/**
 * Whether what let a request in still does, while the request is being answered.
 *
 * @module
 */
import type { Standing } from './credentials.ts';

/** How soon a credential that is taken back ends the requests it let in. */
const REVOCATION_MS = 500;

/** One request that is watched. */
export interface Watch {
  /** Aborts when its credential is taken back. */
  readonly revoked: AbortSignal;
  /** Resolves at the same moment. */
  readonly ended: Promise<'revoked'>;
  /** Ends the watch. */
  readonly close: () => void;
}

/** Watches the credential of a request until it is closed. */
export function watchStanding({ stands }: Standing): Watch {
  const stop = new AbortController();
  const { promise, resolve } = Promise.withResolvers<'revoked'>();
  const timer = setInterval(() => {
    if (stands()) return;
    clearInterval(timer);
    stop.abort();
    resolve('revoked');
  }, REVOCATION_MS);
  timer.unref();
  return { revoked: stop.signal, ended: promise, close: () => clearInterval(timer) };
}
