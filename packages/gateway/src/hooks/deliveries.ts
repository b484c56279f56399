/**
 * Deliveries of senders who sign, so that one that was overheard is not taken a second time. They are
 * remembered for longer than the inbox remembers its events: some signatures never grow old.
 *
 * @module
 */
import { type Table, type Tx, defineTable } from '@portcullis/core';

/** When a delivery was taken. */
export interface DeliveryRow {
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** Deliveries by `<hook>/<digest of what was signed>`. */
export const deliveriesTable: Table<DeliveryRow> = defineTable<DeliveryRow>('hook_deliveries', {
  byTime: ['at'],
});

const KEPT_MS = 400 * 24 * 3_600_000;

/** Forgets the oldest. Resolves with how many. */
export async function sweepDeliveries(tx: Tx, now: number): Promise<number> {
  const old = await tx.find(deliveriesTable, { index: 'byTime', upTo: now - KEPT_MS, limit: 500 });
  for (const { key } of old) tx.delete(deliveriesTable, key);
  return old.length;
}
