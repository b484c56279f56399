/**
 * How long a turn may work. What it waits for others to do does not count.
 *
 * @module
 */

/** Runs from its making on. */
export class TurnClock {
  readonly #over: () => void;
  #leftMs: number;
  #since = performance.now();
  #timer: NodeJS.Timeout | undefined;
  #pauses = 0;

  /** `over` is called once when the turn has worked for `limitMs`. */
  constructor(limitMs: number, over: () => void) {
    this.#leftMs = limitMs;
    this.#over = over;
    this.#timer = setTimeout(over, limitMs);
  }

  /** Stands still while `work` is waited for. */
  async pause<T>(work: () => Promise<T>): Promise<T> {
    this.#pauses += 1;
    if (this.#pauses === 1) {
      this.stop();
      this.#leftMs -= performance.now() - this.#since;
    }
    try {
      return await work();
    } finally {
      this.#pauses -= 1;
      if (this.#pauses === 0) {
        this.#since = performance.now();
        this.#timer = setTimeout(this.#over, Math.max(0, this.#leftMs));
      }
    }
  }

  /** Ends it. */
  stop(): void {
    clearTimeout(this.#timer);
  }
}
