/**
 * A queue for units of work that keep losing against others: one at a time, first come first served.
 *
 * @module
 */

/** A turn longer than this no longer keeps the next one waiting. */
const TURN_MS = 1000;

/** Runs pieces of work one after another. */
export class Lane {
  #last: Promise<void> = Promise.resolve();

  /** Runs `work` when all that came before it are over, or have taken too long. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    const before = this.#last;
    const turn = Promise.withResolvers<void>();
    this.#last = turn.promise;
    await before;
    const timer = setTimeout(turn.resolve, TURN_MS);
    try {
      return await work();
    } finally {
      clearTimeout(timer);
      turn.resolve();
    }
  }
}
