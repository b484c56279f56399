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

/** Whether `text` has the form of an id. */
export function isSnowflake(text: unknown): text is string {
  return typeof text === 'string' && /^[1-9][0-9]{4,19}$/u.test(text);
}
