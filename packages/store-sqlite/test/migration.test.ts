import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { type Table, defineTable } from '@portcullis/core';
import { expect, test } from 'vitest';

import { makeFolder, openStore } from './folder.ts';
import { type Note, notes } from './program-setup.ts';

const indexed: Table<Note> = defineTable<Note>('notes', { byRoom: ['room', 'n'], byN: ['n'] });
const reversed: Table<Note> = defineTable<Note>('notes', { byRoom: ['n', 'room'] });
const other: Table<{ at: number }> = defineTable<{ at: number }>('other', { byAt: ['at'] });

test('new tables and indexes are added, and old records are found through them', async () => {
  const directory = makeFolder();
  const before = await openStore(directory);
  await before.transact((tx) => {
    tx.put(notes, 'a', { room: 'r', n: 2 });
    tx.put(notes, 'b', { room: 'r', n: 1 });
    tx.put(notes, 'c', { room: 'r' });
    tx.put(notes, 'd', { room: 's', n: 1 });
  });
  await before.close();

  const after = await openStore(directory, { tables: [indexed, other] });
  const found = await after.transact((tx) => tx.find(indexed, { index: 'byRoom', equals: ['r'] }));
  expect(found.map(({ key }) => key)).toEqual(['b', 'a']);
  await after.transact((tx) => tx.put(other, 'x', { at: 5 }));
  expect(await after.transact((tx) => tx.count(other, { index: 'byAt', equals: [5] }))).toBe(1);
});

test('a changed index is built anew, and a field not indexed meanwhile is not stale', async () => {
  const directory = makeFolder();
  const first = await openStore(directory, { tables: [indexed] });
  await first.transact((tx) => tx.put(indexed, 'a', { room: 'old', n: 1 }));
  await first.close();
  const without = await openStore(directory, { tables: [notes] });
  await without.transact((tx) => tx.put(notes, 'a', { room: 'new', n: 2 }));
  await without.close();

  const again = await openStore(directory, { tables: [reversed] });
  const find = (n: number, room: string): Promise<number> =>
    again.transact((tx) => tx.count(reversed, { index: 'byRoom', equals: [n, room] }));
  expect(await find(1, 'old')).toBe(0);
  expect(await find(2, 'new')).toBe(1);
});

test('an index that changed under its name is replaced', async () => {
  const directory = makeFolder();
  for (const table of [indexed, reversed]) {
    await (await openStore(directory, { tables: [table] })).close();
  }
  const database = new DatabaseSync(join(directory, 'portcullis.sqlite'), { readOnly: true });
  const list = "SELECT name, sql FROM sqlite_schema WHERE name LIKE 'x!_notes%' ESCAPE '!'";
  const stored = database.prepare(list).all();
  database.close();
  expect(stored.map(({ name }) => name)).toEqual(['x_notes.byRoom']);
  expect(stored[0]?.['sql']).toContain('("f_n", "f_room", seq)');
});

test('a table that is not declared any more keeps its records', async () => {
  const directory = makeFolder();
  const first = await openStore(directory, { tables: [notes, other] });
  await first.transact((tx) => tx.put(other, 'x', { at: 1 }));
  await first.close();
  const second = await openStore(directory);
  const lost = second.transact((tx) => tx.get(other, 'x'));
  await expect(lost).rejects.toMatchObject({ code: 'store.table' });
  await second.close();
  const third = await openStore(directory, { tables: [other] });
  expect(await third.transact((tx) => tx.get(other, 'x'))).toEqual({ at: 1 });
});

test.each([
  ['a name in capitals', [{ name: 'Notes', indexes: {} }]],
  ["the store's own table", [{ name: '_leases', indexes: {} }]],
  ['SQL in a name', [{ name: 'a; DROP TABLE log', indexes: {} }]],
  ['SQL in a field', [{ name: 'a', indexes: { x: ['b" ANY'] } }]],
  ['an index without a field', [{ name: 'a', indexes: { x: [] } }]],
  ['the same table twice', [notes, notes]],
  ['fields that differ only in case', [{ name: 'a', indexes: { x: ['userId', 'userid'] } }]],
])('%s is refused', async (_, tables) => {
  await expect(openStore(makeFolder(), { tables })).rejects.toMatchObject({ code: 'store.schema' });
});

test('a chain key that is too short is refused', async () => {
  const opening = openStore(makeFolder(), { chainKey: new Uint8Array(16) });
  await expect(opening).rejects.toMatchObject({ code: 'store.key_size' });
});
