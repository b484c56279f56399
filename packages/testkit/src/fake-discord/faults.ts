/**
 * Faults a test orders: the next calls of an operation meet them.
 *
 * @module
 */
import type { DiscordFault } from './controls.ts';

/** The ordered faults of each operation. */
export class Faults {
  readonly #queues: Map<string, DiscordFault[]> = new Map();

  /** Adds a fault for the next `times` calls of `operation`. */
  add(operation: string, times: number, fault: DiscordFault): void {
    const queue = this.#queues.get(operation) ?? [];
    queue.push(...Array.from({ length: times }, () => fault));
    this.#queues.set(operation, queue);
  }

  /** Takes the next fault of `operation`. */
  take(operation: string): DiscordFault | undefined {
    return this.#queues.get(operation)?.shift();
  }

  /** Forgets every fault not met yet. */
  clear(): void {
    this.#queues.clear();
  }
}
