/**
 * Runs work one piece after another per key, different keys side by side.
 *
 * The order of `run` calls is the order of execution. A piece that throws does not stop the next.
 *
 * @module
 */

/** A set of independent queues, made and dropped as they are needed. */
export class Sequencer {
  readonly #tails = new Map<string, Promise<unknown>>();

  /** Runs `work` after everything submitted for `key` before it. */
  run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(key);
    const result = before === undefined ? work() : before.then(work, work);
    // The tail must not hold the result, or an unhandled rejection of its own.
    const tail = result.then(ignore, ignore).then(() => {
      if (this.#tails.get(key) === tail) this.#tails.delete(key);
    });
    this.#tails.set(key, tail);
    return result;
  }

  /** Resolves when every queue is empty. */
  async idle(): Promise<void> {
    while (this.#tails.size > 0) await Promise.all(this.#tails.values());
  }
}

function ignore(): void {}
