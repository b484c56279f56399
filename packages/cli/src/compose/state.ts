/**
 * Opens what a gateway keeps: config, secrets, store.
 *
 * @module
 */
import { mkdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import { type Logger, PortcullisError, type Store } from '@portcullis/core';
import {
  type LiveSecrets,
  type LoadedConfig,
  type StatePaths,
  createSecrets,
  loadConfig,
} from '@portcullis/gateway/config';

import type { CommandContext } from '../context.ts';
import { readAddress } from './address.ts';
import { loadChainKey } from './chain-key.ts';

/** How long to wait for another process to be done with the state. */
const PATIENCE_MS = 3000;

/** An opened state directory. */
export interface State {
  readonly store: Store;
  readonly chainKey: Uint8Array;
}

/** Loads the config and the way to its secrets. */
export function openConfig({ env, paths }: CommandContext): {
  config: LoadedConfig;
  secrets: LiveSecrets;
} {
  const config = loadConfig({ env, paths });
  return { config, secrets: createSecrets(config, config.env, paths) };
}

/**
 * Opens the store and owns the state directory until it is closed.
 *
 * Throws `store.locked` naming the process that owns it already.
 */
export async function openState(paths: StatePaths, log: Logger): Promise<State> {
  // Everything below is private, whatever the shell's umask says.
  process.umask(0o077);
  mkdirSync(paths.stateDir, { recursive: true, mode: 0o700 });
  const chainKey = loadChainKey(paths.stateDir);
  // Loaded here, so that a command that asks a running gateway never loads one itself.
  const [{ gatewayTables }, { openSqliteStore }] = await Promise.all([
    import('@portcullis/gateway'),
    import('@portcullis/store-sqlite'),
  ]);
  const options = { directory: paths.stateDbDir, tables: gatewayTables, chainKey, log };
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return { store: await openSqliteStore(options), chainKey };
    } catch (error) {
      // A command that looked at the state is done in a moment; a gateway is not.
      const isLocked = PortcullisError.is(error) && error.code === 'store.locked';
      const isGateway = readAddress(paths) !== undefined;
      if (!isLocked || isGateway || performance.now() > deadline) throw error;
      await sleep(50);
    }
  }
}
