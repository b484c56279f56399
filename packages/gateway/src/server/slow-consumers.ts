/**
 * What may wait, over all clients, for those that do not read.
 *
 * Each client is cut off at a bound of its own; many that stay just below it would take the memory
 * of the machine together. Those that make the others wait least are kept.
 *
 * @module
 */
import { CLOSE, LIMITS } from '@portcullis/protocol';

import type { Connection } from './connection.ts';

/** As much of a connection as is looked at. */
export type Consumer = Pick<Connection, 'buffered' | 'close'>;

/** Cuts off whoever is furthest behind until the rest fits. */
export function cutSlowest(
  consumers: Iterable<Consumer>,
  limit: number = LIMITS.bufferedInAll,
): void {
  const behind: Consumer[] = [];
  let sum = 0;
  for (const consumer of consumers) {
    const { buffered } = consumer;
    if (buffered === 0) continue;
    behind.push(consumer);
    sum += buffered;
  }
  if (sum <= limit) return;
  for (const consumer of behind.toSorted((a, b) => b.buffered - a.buffered)) {
    sum -= consumer.buffered;
    consumer.close(CLOSE.policy, 'slow consumer');
    if (sum <= limit) return;
  }
}
