/** Changes of a config in a folder of their own, over a store in memory. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type Json, Secret, type Store, silentLogger } from '@portcullis/core';
import { openSqliteStore } from '@portcullis/store-sqlite';

import { AUDIT_LOG, Journal } from '../../src/audit/journal.ts';
import { ConfigChanges, type ConfigGround } from '../../src/changes/changes.ts';
import {
  type Environment,
  type LoadedConfig,
  type StatePaths,
  loadConfig,
  resolvePaths,
} from '../../src/config/index.ts';
import { EgressGuard } from '../../src/egress/guard.ts';
import type { Caller } from '../../src/services.ts';
import { configHistoryTable } from '../../src/changes/row.ts';
import type { TableDeclaration } from '../../src/tables.ts';

export const OPERATOR: Caller = {
  id: 'device:phone',
  kind: 'operator',
  local: false,
  scopes: ['operator.admin'],
};
export const AT_MACHINE: Caller = { ...OPERATOR, id: 'cli', kind: 'cli', local: true };

export const TOKEN: string = 'canary-gateway-token-93zq81';

export const FIRST: string = `{
  // Kept as it is.
  gateway: {
    mode: "local",
    bind: "loopback",
    auth: { mode: "token", token: "${TOKEN}" },
    controlUi: { allowedOrigins: ["https://gateway.example"] },
  },
  tools: { profile: "messaging" },
}
`;

/** Changes, and what they are made of. */
export interface World {
  readonly paths: StatePaths;
  readonly env: Environment;
  readonly ground: ConfigGround;
  readonly store: Store;
  /** Every config that was put in force. */
  readonly committed: readonly LoadedConfig[];
  readonly changes: ConfigChanges;
  readonly inForce: () => LoadedConfig;
  /** The same state after a restart of the process. */
  readonly restarted: () => ConfigChanges;
  readonly text: () => string;
  readonly write: (text: string) => void;
  readonly audit: () => Promise<readonly Json[]>;
  readonly close: () => Promise<void>;
}

/** Opens a world whose file holds `raw`, and whose gateway knows `secrets`. */
export async function openWorld(
  raw: string = FIRST,
  secrets: readonly string[] = [TOKEN],
  tables: readonly TableDeclaration[] = [configHistoryTable],
): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-changes-'));
  const env = { HOME: folder, OPENCLAW_STATE_DIR: folder };
  const paths = resolvePaths(env);
  const store = await openSqliteStore({
    directory: paths.stateDbDir,
    tables,
    chainKey: new Uint8Array(32),
  });
  const lease = await store.lease('gateway');
  const known = secrets.map((text) => new Secret(text, 'test'));
  let clock = 1_700_000_000_000;
  writeFileSync(paths.configPath, raw);
  let inForce = loadConfig({ env, paths });
  const committed: LoadedConfig[] = [];
  const ground: ConfigGround = {
    store,
    lease,
    journal: new Journal(),
    egress: new EgressGuard(() => known),
    paths,
    env,
    chainKey: new Uint8Array(32).fill(7),
    now: () => (clock += 1000),
    log: silentLogger,
    config: () => inForce,
    registered: () => [],
    onCommitted: async (next) => {
      committed.push(next);
      inForce = next;
      return { applied: ['something'], restartNeeded: ['gateway.port'], failed: [] };
    },
    onDecided: async (next) => {
      committed.push(next);
      return { applied: ['one'], restartNeeded: [], failed: [] };
    },
    step: () => undefined,
    tell: () => undefined,
  };
  return {
    paths,
    env,
    ground,
    store,
    committed,
    changes: new ConfigChanges(ground),
    inForce: () => inForce,
    restarted: () => {
      inForce = loadConfig({ env, paths });
      return new ConfigChanges({ ...ground });
    },
    text: () => readFileSync(paths.configPath, 'utf8'),
    write: (text: string) => writeFileSync(paths.configPath, text),
    audit: async () => (await store.readLog(AUDIT_LOG)).map(({ entry }) => entry),
    close: async () => {
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
