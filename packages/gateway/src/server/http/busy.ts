/**
 * How many requests are being answered at once, in all and for one caller: whoever asks too much at
 * once is told so, and takes nobody else's place.
 *
 * @module
 */
import type { Caller } from '../../services.ts';

/** Most requests in work, over all callers, and of one of them. */
const MOST = 64;
const MOST_OF_ONE = 16;

/** Requests in work. */
export class Busy {
  readonly #of = new Map<string, number>();
  #all = 0;

  /** Takes a place. Gives the way to leave it; undefined where there is none. */
  enter({ id }: Caller): (() => void) | undefined {
    const own = this.#of.get(id) ?? 0;
    if (this.#all >= MOST || own >= MOST_OF_ONE) return undefined;
    this.#all += 1;
    this.#of.set(id, own + 1);
    let here = true;
    return () => {
      if (!here) return;
      here = false;
      this.#all -= 1;
      const left = (this.#of.get(id) ?? 1) - 1;
      if (left > 0) this.#of.set(id, left);
      else this.#of.delete(id);
    };
  }
}
