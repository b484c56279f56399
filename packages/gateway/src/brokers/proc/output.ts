/**
 * What a command said, newest first to survive: a bounded store of bytes with a place to read on
 * from.
 *
 * @module
 */

/** Bytes kept of one command. */
export const OUTPUT_BYTES = 200_000;

/** A part of what was said. */
export interface OutputPart {
  readonly text: string;
  /** True when something before it was dropped. */
  readonly truncated: boolean;
}

/** Output of one command, both streams in the order they came. */
export class Output {
  readonly #limit: number;
  #chunks: Buffer[] = [];
  #size = 0;
  /** Bytes dropped from the front. */
  #dropped = 0;
  /** Bytes ever written when the last {@link Output.next} was asked. */
  #read = 0;

  constructor(limit: number = OUTPUT_BYTES) {
    this.#limit = limit;
  }

  append(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    while (this.#size > this.#limit) {
      const [oldest] = this.#chunks;
      if (oldest === undefined) break;
      const excess = this.#size - this.#limit;
      const cut = Math.min(excess, oldest.length);
      if (cut === oldest.length) this.#chunks.shift();
      // A copy, so that a small rest does not keep a large block alive.
      else this.#chunks[0] = Buffer.from(oldest.subarray(cut));
      this.#size -= cut;
      this.#dropped += cut;
    }
  }

  /** All that is kept. */
  all(): OutputPart {
    return { text: decode(Buffer.concat(this.#chunks)), truncated: this.#dropped > 0 };
  }

  /** What came since this was last asked. */
  next(): OutputPart {
    const from = Math.max(this.#read, this.#dropped);
    const truncated = from > this.#read;
    const bytes = Buffer.concat(this.#chunks).subarray(from - this.#dropped);
    this.#read = this.#dropped + this.#size;
    return { text: decode(bytes), truncated };
  }

  /** Bytes ever written. */
  get total(): number {
    return this.#dropped + this.#size;
  }
}

function decode(bytes: Buffer): string {
  return new TextDecoder().decode(bytes);
}
