/**
 * What was spent, as rows: one per limit and spender, for the window that is open.
 *
 * @module
 */
import { type Table, type Tx, defineTable } from '@portcullis/core';
import { type BudgetLimit, type Charge, windowStart } from '@portcullis/policy/budget';

/** What one spender spent under one limit. */
export interface CounterRow {
  /** Config path of the limit. */
  readonly path: string;
  /** Whose spending it is: a principal, a channel, an agent, or `*` for all. */
  readonly subject: string;
  /** When the window began. A row of an earlier window counts for nothing. */
  readonly since: number;
  readonly used: number;
}

/** All counters, by limit and spender. */
export const budgetsTable: Table<CounterRow> = defineTable<CounterRow>('budgets', {
  byPath: ['path'],
  bySince: ['since'],
});

/** A limit as it holds for one spender. */
export interface Counter {
  readonly limit: BudgetLimit;
  readonly subject: string;
}

/** What was set aside under one limit. */
export interface Held {
  readonly path: string;
  readonly subject: string;
  readonly meter: BudgetLimit['meter'];
  readonly windowMs: number;
  readonly since: number;
  readonly amount: number;
}

/** What was set aside before it is spent. It survives a restart: what is never settled stays spent. */
export type Hold = readonly Held[];

function keyOf(path: string, subject: string): string {
  return JSON.stringify([path, subject]);
}

/** What is spent in the window that holds `now`. */
export async function readUsed(tx: Tx, { limit, subject }: Counter, now: number): Promise<number> {
  const row = await tx.get(budgetsTable, keyOf(limit.path, subject));
  // A clock that was set back does not open a new window.
  return row !== undefined && row.since >= windowStart(now, limit.windowMs) ? row.used : 0;
}

/** Counts an amount as spent, before it is. */
export async function hold(tx: Tx, counter: Counter, amount: number, now: number): Promise<Held> {
  const { limit, subject } = counter;
  const { path, meter, windowMs } = limit;
  const row = await tx.get(budgetsTable, keyOf(path, subject));
  const since = Math.max(windowStart(now, windowMs), row?.since ?? 0);
  const used = (await readUsed(tx, counter, now)) + amount;
  tx.put(budgetsTable, keyOf(path, subject), { path, subject, since, used });
  return { path, subject, meter, windowMs, since, amount };
}

/** Puts what was really spent in the place of what was set aside. */
export async function settle(tx: Tx, held: Hold, spent: Charge, now: number): Promise<void> {
  for (const { path, subject, meter, windowMs, since, amount } of held) {
    const more = (spent[meter] ?? 0) - amount;
    const row = await tx.get(budgetsTable, keyOf(path, subject));
    const current = windowStart(now, windowMs);
    if (row?.since === since) {
      const used = Math.max(0, row.used + more);
      tx.put(budgetsTable, keyOf(path, subject), { ...row, used });
    } else if (more > 0) {
      // The window it was set aside in is over: only what went beyond it counts in this one.
      const opened = row !== undefined && row.since >= current ? row : { since: current, used: 0 };
      const used = opened.used + more;
      tx.put(budgetsTable, keyOf(path, subject), { path, subject, since: opened.since, used });
    }
  }
}

/** Deletes counters of windows that began before `before`, a bounded number. Returns how many. */
export async function sweepCounters(tx: Tx, before: number): Promise<number> {
  const old = await tx.find(budgetsTable, { index: 'bySince', upTo: before, limit: 500 });
  for (const { key } of old) tx.delete(budgetsTable, key);
  return old.length;
}
