/**
 * The clocks of one exchange: to the first byte, between pieces, and over all.
 *
 * @module
 */
import type { PortcullisError } from '@portcullis/core';

import { timedOut } from './failure.ts';
import type { ModelTimeouts } from './settings.ts';

/** Ends an exchange that takes too long. Its clocks run from the moment it is made. */
export class Watchdog {
  readonly #model: string;
  readonly #timeouts: ModelTimeouts;
  readonly #end: (failure: PortcullisError) => void;
  readonly #total: NodeJS.Timeout;
  #piece: NodeJS.Timeout | undefined;

  /** `end` is called at most once per clock that ran out. */
  constructor(model: string, timeouts: ModelTimeouts, end: (failure: PortcullisError) => void) {
    this.#model = model;
    this.#timeouts = timeouts;
    this.#end = end;
    this.#total = setTimeout(
      () => end(timedOut(model, 'did not finish its answer', timeouts.totalMs)),
      timeouts.totalMs,
    );
    this.#wait('did not begin to answer', timeouts.firstByteMs);
  }

  /** Starts the wait for the next piece, unless the wait for the first still runs. */
  waitForPiece(): void {
    if (this.#piece === undefined) this.#wait('went silent', this.#timeouts.idleMs);
  }

  /** A piece came. The time the reader takes for it is not the server's. */
  piece(): void {
    clearTimeout(this.#piece);
    this.#piece = undefined;
  }

  /** Stops all clocks. */
  stop(): void {
    clearTimeout(this.#total);
    clearTimeout(this.#piece);
  }

  #wait(what: string, ms: number): void {
    this.#piece = setTimeout(() => this.#end(timedOut(this.#model, what, ms)), ms);
  }
}
