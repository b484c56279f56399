/**
 * The contract suite of a store: what every `Store` must do, whatever it keeps its data in.
 *
 * Call it in a vitest file of the package that has the store. It needs nothing but a way to open
 * the store; each test works in a place of its own.
 *
 * @module
 */
import { describe } from 'vitest';

import type { StoreBench } from './store/bench.ts';
import { describeLeases } from './store/leases.ts';
import { describeLogs } from './store/logs.ts';
import { Places } from './store/place.ts';
import { describeQueries } from './store/queries.ts';
import { describeRecords } from './store/records.ts';
import { describeUnits } from './store/units.ts';

/**
 * Runs the contract suite.
 *
 * @example
 * ```ts
 * describeStore('in memory', { open: async ({ tables }) => createMemoryStore(tables) });
 * ```
 */
export function describeStore(name: string, bench: StoreBench): void {
  describe(`store contract: ${name}`, () => {
    const places = new Places(bench);
    describeRecords(places);
    describeUnits(places);
    describeQueries(places);
    describeLogs(places);
    describeLeases(places);
  });
}
