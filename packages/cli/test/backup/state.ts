/**
 * A state directory with something of everything in it.
 *
 * @module
 */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { silentLogger } from '@portcullis/core';
import { openState } from '@portcullis/gateway';
import { type StatePaths, resolvePaths } from '@portcullis/gateway/config';
import { openSqliteStore } from '@portcullis/store-sqlite';

import type { Home } from '../call.ts';

/** The config of {@link fill}. */
export const CONFIG = `{
  // kept as it was written
  gateway: { mode: "local", bind: "loopback", auth: { mode: "token", token: "a-token-of-sufficient-length-01" } },
  $include: "./more.json5",
}
`;

/** Writes a file below a folder, making what is missing on the way. */
export function put(folder: string, name: string, text: string, mode = 0o600): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(path, text);
  // Whatever the umask is.
  chmodSync(path, mode);
  return path;
}

/** Where the state of a home is. */
export function pathsOf(home: Home, env: Readonly<Record<string, string>> = {}): StatePaths {
  return resolvePaths({ HOME: home.path, ...env });
}

/** Adds lines to the audit log, as a gateway does. */
export async function audit(paths: StatePaths, ...codes: readonly string[]): Promise<void> {
  const { store } = await openState(paths, openSqliteStore, silentLogger);
  for (const code of codes) {
    await store.transact((tx) => tx.append('audit', { kind: 'operator', at: 1, code }));
  }
  await store.close();
}

/** Fills a state directory. */
export async function fill(paths: StatePaths): Promise<void> {
  const { stateDir } = paths;
  put(dirname(paths.configPath), 'openclaw.json', CONFIG);
  put(dirname(paths.configPath), 'more.json5', '{ session: { dmScope: "per-channel-peer" } }');
  put(paths.credentialsDir, 'telegram-allowFrom.json', '["1"]');
  put(stateDir, '.env', 'TELEGRAM_BOT_TOKEN=123:abc\n');
  put(paths.workspaceDir, 'notes/today.md', '# Today\n', 0o644);
  put(paths.workspaceDir, 'run.sh', '#!/bin/sh\n', 0o755);
  put(paths.logsDir, 'gateway.log', 'noise\n');
  put(paths.pluginsDir, 'package.json', '{}');
  put(paths.pluginsDir, 'node_modules/x/index.js', 'installed()');
  await audit(paths, 'one', 'two', 'three');
}
