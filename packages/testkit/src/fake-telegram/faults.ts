/**
 * Faults a test orders: the next calls of a method meet them.
 *
 * @module
 */

import type { TelegramFault } from './controls.ts';

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
