/**
 * Who guessed at a secret, and may not try for a while.
 *
 * @module
 */
import type { RateLimitSubject } from '@portcullis/policy/exposure';

/** A client that is locked out. */
export interface Lockout {
  /** Its address, `device:<id>`, or `page:<origin>` for a web page on this machine. */
  readonly client: string;
  /** What it guessed at: `shared`, `device`, `hook:<path of the secret>`. */
  readonly door: string;
  /** How long it stays out, in milliseconds. */
  readonly forMs: number;
}

/** How an attempt ended. */
export type AttemptResult = 'wrong' | 'ok' | 'other' | 'missing';

/** Leave to try once, or how long to wait. */
export type Turn =
  | {
      readonly mayTry: true;
      /**
       * Says how it ended. The first call counts. `ok` ends the count of wrong ones: it was the secret
       * that is guessed at. `other`: something else let the client in, which says nothing about his
       * guesses. `missing` counts for nothing.
       */
      readonly end: (result: AttemptResult) => void;
    }
  | { readonly mayTry: false; readonly retryAfterMs: number };

/** The one memory of wrong credentials, over every door that asks for one. */
export interface AttemptService {
  /** Asks for leave to compare what a client offers; whoever is given it must end it. */
  begin(subject: RateLimitSubject): Turn;
  /** How attempts ended since the gateway started. */
  readonly totals: Readonly<Record<'wrong' | 'ok' | 'missing' | 'locked', number>>;
  /** Who is locked out now: how many, and the twenty who stay out longest. */
  lockouts(): { readonly count: number; readonly named: readonly Lockout[] };
}
