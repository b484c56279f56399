/**
 * The contract suite of a store: what every {@link Store} must do, whatever it keeps its data in.
 *
 * Call it in a vitest file of the package that has the store. It needs nothing but a way to open
 * the store; each test works in a place of its own.
 *
 * @module
 */
import type { Store } from '@portcullis/core';
import { describe } from 'vitest';

import { describeLeases } from './store/leases.ts';
import { describeLogs } from './store/logs.ts';
import { Places } from './store/place.ts';
import { describeQueries } from './store/queries.ts';
import { describeRecords } from './store/records.ts';
import { describeUnits } from './store/units.ts';

/** How the suite opens a store. */
export interface StoreSetup {
  /** `^[a-z0-9-]+$`. The same place holds the same data; a place never used before is empty. */
  readonly place: string;
  /** Tables the test uses. */
  readonly tables: readonly {
    readonly name: string;
    readonly indexes: Readonly<Record<string, readonly string[]>>;
  }[];
  /** Key of the log chains, 32 bytes. */
  readonly chainKey: Uint8Array;
}

/** What the suite needs from the author of a store. */
export interface StoreBench {
  /** Opens a store at a place. The suite closes it. */
  open(setup: StoreSetup): Promise<Store>;
  /**
   * Ends a store the way a crash would: nothing is released, nothing more is written. Without it
   * the tests of what survives a crash are skipped.
   */
  crash?(store: Store): Promise<void>;
  /** Removes a place whose stores are closed. */
  remove?(place: string): Promise<void>;
}

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
