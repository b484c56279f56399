/**
 * Opens the store of a state directory.
 *
 * @module
 */
import { mkdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import { type Logger, PortcullisError, type Store } from '@portcullis/core';

import type { StatePaths } from '../config/index.ts';
import { readAddress } from '../local/address.ts';
import { loadChainKey } from '../local/chain-key.ts';
import { type TableDeclaration, gatewayTables } from '../tables.ts';

/** How long to wait for another process to be done with the state. */
const PATIENCE_MS = 3000;

/** How a store is opened: `openSqliteStore` of `@portcullis/store-sqlite` fits. */
export type OpenStore = (options: {
  readonly directory: string;
  readonly tables: readonly TableDeclaration[];
  /** Chains the logs of the store. */
  readonly chainKey: Uint8Array;
  readonly log: Logger;
}) => Promise<Store>;

/** An opened state directory. */
export interface State {
  readonly store: Store;
  readonly chainKey: Uint8Array;
}

/**
 * Opens the store and owns the state directory until it is closed.
 *
 * Throws `store.locked` naming the process that owns it already.
 */
export async function openState(paths: StatePaths, open: OpenStore, log: Logger): Promise<State> {
  // Everything below is private, whatever the shell's umask says.
  process.umask(0o077);
  mkdirSync(paths.stateDir, { recursive: true, mode: 0o700 });
  const chainKey = loadChainKey(paths.stateDir);
  const options = { directory: paths.stateDbDir, tables: gatewayTables, chainKey, log };
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return { store: await open(options), chainKey };
    } catch (error) {
      // A command that looked at the state is done in a moment; a gateway is not.
      const isLocked = PortcullisError.is(error) && error.code === 'store.locked';
      const isGateway = readAddress(paths) !== undefined;
      if (!isLocked || isGateway || performance.now() > deadline) throw error;
      await sleep(50);
    }
  }
}
