/**
 * Faults a test orders: the next operations of a name meet them.
 *
 * @module
 */
import type { WhatsAppFault, WhatsAppForgery, WhatsAppOperation } from './controls.ts';

/** The ordered faults of each operation, and the forgeries being committed. */
export class Faults {
  readonly #queues: Map<WhatsAppOperation, WhatsAppFault[]> = new Map();
  readonly forgeries: Set<WhatsAppForgery> = new Set();
  /** The oldest version taken. */
  version: readonly [number, number, number] = [0, 0, 0];

  /** Adds a fault for the next `times` operations. */
  add(operation: WhatsAppOperation, times: number, fault: WhatsAppFault): void {
    const queue = this.#queues.get(operation) ?? [];
    queue.push(...Array.from({ length: times }, () => fault));
    this.#queues.set(operation, queue);
  }

  /** Takes the next fault of `operation`. */
  take(operation: WhatsAppOperation): WhatsAppFault | undefined {
    return this.#queues.get(operation)?.shift();
  }

  /** Whether a client of this version is too old. */
  isOutdated(version: readonly number[]): boolean {
    for (const [index, oldest] of this.version.entries()) {
      const theirs = version[index] ?? 0;
      if (theirs !== oldest) return theirs < oldest;
    }
    return false;
  }

  /** Forgets every fault not met yet, forgeries and the version. */
  clear(): void {
    this.#queues.clear();
    this.forgeries.clear();
    this.version = [0, 0, 0];
  }
}
