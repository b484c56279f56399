/**
 * Ids as Discord makes them: milliseconds since 2015 and a counter, in decimal digits.
 *
 * @module
 */

const EPOCH_MS = 1_420_070_400_000n;

/** Makes ids, each greater than the one before. */
export class Snowflakes {
  #last = 0n;

  /** A fresh id. */
  next(): string {
    const now = (BigInt(Date.now()) - EPOCH_MS) << 22n;
    this.#last = now > this.#last ? now : this.#last + 1n;
    return String(this.#last);
  }
}
