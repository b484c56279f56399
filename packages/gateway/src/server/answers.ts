/**
 * Answers that many clients ask for and that change rarely, kept in their serialised form.
 *
 * An answer is dropped when anything happens in the gateway, and after a moment in any case.
 *
 * @module
 */

/** A result with its text, made once. */
export class Prepared {
  readonly value: unknown;
  /** The JSON text of the value. */
  readonly json: string;
  #tail: Buffer | undefined;

  constructor(value: unknown) {
    this.value = value;
    this.json = JSON.stringify(value);
  }

  /** The end of a response frame: the payload and the closing brace, as bytes. */
  get tail(): Buffer {
    this.#tail ??= Buffer.from(`${this.json}}`);
    return this.#tail;
  }
}

interface Kept {
  readonly until: number;
  readonly answer: Promise<Prepared>;
}

/** Different answers that are kept at once. */
const MAX_ANSWERS = 64;

/** Keeps answers for a moment. */
export class Answers {
  #kept: Map<string, Kept> = new Map();

  /** The answer under `key`, made by `make` unless one younger than `ttlMs` is kept. */
  get(key: string, ttlMs: number, make: () => Promise<unknown>): Promise<Prepared> {
    const now = performance.now();
    const found = this.#kept.get(key);
    if (found !== undefined && now < found.until) return found.answer;
    const answer = make().then((value) => new Prepared(value));
    const kept = this.#kept;
    if (kept.size >= MAX_ANSWERS) kept.clear();
    kept.set(key, { until: now + ttlMs, answer });
    answer.catch(() => kept.delete(key));
    return answer;
  }

  /** Forgets everything. An answer that is being made is not kept either. */
  clear(): void {
    if (this.#kept.size > 0) this.#kept = new Map();
  }
}
