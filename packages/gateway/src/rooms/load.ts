/**
 * How much the rooms have to do.
 *
 * @module
 */
import type { Table, Tx } from '@portcullis/core';

import { inboxTable } from '../intake/inbox.ts';
import type { Kernel } from '../kernel.ts';
import { outboxTable } from '../outbox/row.ts';
import type { LoadService } from '../services/load.ts';
import type { Lanes } from '../session/lanes.ts';

/** Counts what is not done. */
export function loadService(kernel: Kernel, lanes: Lanes): LoadService {
  return {
    report: async () => {
      const counts = await kernel.store.transact(async (tx) => ({
        inbox: await inStates(tx, inboxTable, ['pending', 'admitted']),
        outbox: await inStates(tx, outboxTable, ['pending', 'sending', 'unknown', 'failed']),
      }));
      return { ...counts, turns: lanes.counts };
    },
  };
}

async function inStates<T, S extends string>(
  tx: Tx,
  table: Table<T>,
  states: readonly S[],
): Promise<Record<S, number>> {
  const counted = await Promise.all(
    states.map(async (state) => {
      const count = await tx.count(table, { index: 'byState', equals: [state] });
      return [state, count] as const;
    }),
  );
  return Object.fromEntries(counted) as Record<S, number>;
}
