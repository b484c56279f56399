/**
 * Faults a test orders: the next calls of a method meet them.
 *
 * @module
 */

/**
 * How a call goes wrong.
 *
 * Not carried out: `500`, `429` (retry_after 1), `non-json` (a 502 page of a proxy), `reset` (the
 * connection dies before an answer), `hang` (no answer ever). Carried out, answer lost:
 * `half-body` (the answer breaks off), `accept-then-reset`, `accept-then-hang`.
 */
export type TelegramFault =
  | 500
  | 429
  | 'non-json'
  | 'reset'
  | 'hang'
  | 'half-body'
  | 'accept-then-reset'
  | 'accept-then-hang';

/** The ordered faults of each method. */
export class Faults {
  readonly #queues: Map<string, TelegramFault[]> = new Map();

  /** Adds a fault for the next `times` calls of `method`. */
  add(method: string, times: number, fault: TelegramFault): void {
    const queue = this.#queues.get(method.toLowerCase()) ?? [];
    queue.push(...Array.from({ length: times }, () => fault));
    this.#queues.set(method.toLowerCase(), queue);
  }

  /** Takes the next fault of `method`. */
  take(method: string): TelegramFault | undefined {
    return this.#queues.get(method.toLowerCase())?.shift();
  }

  /** Forgets every fault not met yet. */
  clear(): void {
    this.#queues.clear();
  }
}
