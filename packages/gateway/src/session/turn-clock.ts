/**
 * How long a turn, or one call of it, may work. What it waits for others to do does not count.
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
  #stopped = false;

  /** `over` is called once when it has worked for `limitMs`. */
  constructor(limitMs: number, over: () => void) {
    this.#leftMs = limitMs;
    this.#over = over;
    this.#timer = setTimeout(over, limitMs);
  }

  /** Stands still while `work` is waited for. */
  async pause<T>(work: () => Promise<T>): Promise<T> {
    this.#pauses += 1;
    if (this.#pauses === 1) {
      clearTimeout(this.#timer);
      this.#leftMs -= performance.now() - this.#since;
    }
    try {
      return await work();
    } finally {
      this.#pauses -= 1;
      if (this.#pauses === 0 && !this.#stopped) {
        this.#since = performance.now();
        this.#timer = setTimeout(this.#over, Math.max(0, this.#leftMs));
      }
    }
  }

  /** Ends it, also where something is still waited for. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }
}
