/**
 * Faults a test orders: the next calls of a method meet them.
 *
 * @module
 */
import type { SlackFault } from './controls.ts';

/** The ordered faults of each method. */
export class Faults {
  readonly #queues: Map<string, SlackFault[]> = new Map();

  /** Adds a fault for the next `times` calls of `method`. */
  add(method: string, times: number, fault: SlackFault): void {
    const queue = this.#queues.get(method) ?? [];
    queue.push(...Array.from({ length: times }, () => fault));
    this.#queues.set(method, queue);
  }

  /** Takes the next fault of `method`. */
  take(method: string): SlackFault | undefined {
    return this.#queues.get(method)?.shift();
  }

  /** Forgets every fault not met yet. */
  clear(): void {
    this.#queues.clear();
  }
}
