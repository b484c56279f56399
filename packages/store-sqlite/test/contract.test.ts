import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Store } from '@portcullis/core';
import { describeStore } from '@portcullis/testkit';
import { afterAll } from 'vitest';

import { type StoreFault, openSqliteStore } from '../src/index.ts';

const root = mkdtempSync(join(tmpdir(), 'portcullis-store-'));
afterAll(() => rmSync(root, { recursive: true }));

const trouble = new Map<Store, { fault?: StoreFault }>();

describeStore('SQLite', {
  open: async ({ place, tables, chainKey }) => {
    const next: { fault?: StoreFault } = {};
    const directory = join(root, place);
    const faults = (): StoreFault | undefined => next.fault;
    const store = await openSqliteStore({ directory, tables, chainKey, faults });
    trouble.set(store, next);
    return store;
  },
  crash: async (store) => {
    const next = trouble.get(store);
    if (next !== undefined) next.fault = { kind: 'die' };
    await store.transact((tx) => tx.append('last words', '')).catch(() => undefined);
    await store.close();
  },
});
