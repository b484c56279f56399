import { type Query, type Store, type Tx, defineTable } from '@portcullis/core';
import { expect, test } from 'vitest';

import { makeFolder, openStore } from './folder.ts';
import { notes } from './program-setup.ts';

const unknown = defineTable<{ readonly x: number }>('unknown');
const cycle: { self?: unknown } = {};
cycle.self = cycle;

const find =
  (query: Query) =>
  async (tx: Tx): Promise<void> => {
    await tx.find(notes, query);
  };

test.each<[string, string, (tx: Tx) => Promise<void> | void]>([
  ['a table it was not opened with', 'store.table', (tx) => tx.put(unknown, 'a', { x: 1 })],
  ['half a surrogate pair as a key', 'store.key', (tx) => tx.put(notes, '\ud800', {})],
  ['half a surrogate pair as a log', 'store.key', (tx) => tx.append('\udc00', 1)],
  [
    'a record that contains itself',
    'store.value',
    (tx) => tx.put(defineTable('notes'), 'a', cycle),
  ],
  [
    'a record that is not there',
    'store.value',
    (tx) => tx.put(defineTable('notes'), 'a', undefined),
  ],
  ['values without an index', 'store.query', find({ equals: ['a'] })],
  ['an index it does not have', 'store.query', find({ index: 'byRoom' })],
  ['a limit below zero', 'store.query', find({ limit: -1 })],
  ['half a limit', 'store.query', find({ limit: 1.5 })],
  ['a bound that is no number', 'store.query', find({ above: Number.NaN })],
])('%s is refused with %s', async (_, code, work) => {
  const store: Store = await openStore(makeFolder());
  await expect(store.transact(work)).rejects.toMatchObject({ code });
  expect(await store.transact((tx) => tx.count(notes))).toBe(0);
});
