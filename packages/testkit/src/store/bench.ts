/**
 * What the author of a store gives to its contract suite.
 *
 * @module
 */
import type { Store } from '@portcullis/core';

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
