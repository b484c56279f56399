/** State folders for tests, removed when the test is over. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Store } from '@portcullis/core';
import { onTestFinished } from 'vitest';

import { type SqliteStoreOptions, openSqliteStore } from '../src/index.ts';
import { chainKey, notes } from './program-setup.ts';

export function makeFolder(): string {
  const root = mkdtempSync(join(tmpdir(), 'portcullis-store-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  return join(root, 'state');
}

export async function openStore(
  directory: string,
  options: Partial<SqliteStoreOptions> = {},
): Promise<Store> {
  const store = await openSqliteStore({ directory, tables: [notes], chainKey, ...options });
  onTestFinished(() => store.close());
  return store;
}
