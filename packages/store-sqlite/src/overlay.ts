/**
 * Queries as a unit of work sees them: committed records with the unit's own writes on top.
 *
 * @module
 */
import type { Entry } from '@portcullis/core';

import { type Placed, type QueryPlan, compareRecords, matches } from './query.ts';
import type { StoredRow } from './reader.ts';
import type { OwnWrite } from './unit.ts';

/** Reads of committed records that the unit relies on from then on. */
export interface GuardedReads {
  row(table: number, key: string): StoredRow | undefined;
  rows(plan: QueryPlan): StoredRow[];
  total(plan: QueryPlan): number;
  lastSequence(table: number): number;
}

/** The unit's own records of a table, and what they replace or delete. */
interface Own {
  readonly replaced: readonly Placed[];
  readonly written: readonly Placed[];
}

/** Finds records, own ones included. */
export function overlayFind<T>(
  reads: GuardedReads,
  plan: QueryPlan,
  writes: ReadonlyMap<string, OwnWrite> | undefined,
): Entry<T>[] {
  if (writes === undefined || writes.size === 0) {
    return reads.rows(plan).map(({ key, seq, text }) => ({ key, value: JSON.parse(text), seq }));
  }
  // As many more as may be hidden by our writes, so that the limit can still be filled.
  const committed = reads
    .rows({ ...plan, limit: plan.limit + writes.size })
    .filter((row) => !writes.has(row.key))
    .map(toPlaced);
  const { written } = ownRecords(reads, plan.table, writes);
  return [...committed, ...written.filter((record) => matches(plan, record))]
    .toSorted((left, right) => compareRecords(plan, left, right))
    .slice(0, plan.limit)
    .map((record) => toEntry<T>(record));
}

/** Counts records, own ones included. */
export function overlayCount(
  reads: GuardedReads,
  plan: QueryPlan,
  writes: ReadonlyMap<string, OwnWrite> | undefined,
): number {
  const committed = reads.total(plan);
  if (writes === undefined || writes.size === 0) return committed;
  const { replaced, written } = ownRecords(reads, plan.table, writes);
  const matching = (records: readonly Placed[]): number =>
    records.filter((record) => matches(plan, record)).length;
  return committed - matching(replaced) + matching(written);
}

/**
 * Places own records where the commit will put them. A new one gets the next `seq`, which holds as
 * long as nobody else inserts first; the unit relies on that from then on.
 */
function ownRecords(
  reads: GuardedReads,
  table: number,
  writes: ReadonlyMap<string, OwnWrite>,
): Own {
  const replaced: Placed[] = [];
  const written: Placed[] = [];
  let next: number | undefined;
  for (const [key, write] of writes) {
    const row = reads.row(table, key);
    if (row !== undefined) replaced.push(toPlaced(row));
    if (write.kind === 'delete') continue;
    let seq = write.renewed ? undefined : row?.seq;
    if (seq === undefined) {
      next ??= reads.lastSequence(table);
      next += 1;
      seq = next;
    }
    written.push({ key, seq, value: JSON.parse(write.text) });
  }
  return { replaced, written };
}

function toPlaced({ key, seq, text }: StoredRow): Placed {
  return { key, seq, value: JSON.parse(text) };
}

function toEntry<T>({ key, seq, value }: Placed): Entry<T>;
function toEntry({ key, seq, value }: Placed): Entry<unknown> {
  return { key, seq, value };
}
