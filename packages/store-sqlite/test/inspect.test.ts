/**
 * Looking at a store without opening it.
 */
import { readFileSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { defineTable } from '@portcullis/core';
import { expect, test } from 'vitest';

import { type StoreInspection, inspectStore } from '../src/index.ts';
import { makeFolder, openStore } from './folder.ts';
import { notes } from './program-setup.ts';

const FILE = 'portcullis.sqlite';

function look(directory: string, thorough = false, tables = [notes]): StoreInspection {
  const found = inspectStore({ directory, tables, thorough });
  if (found.kind === 'sound') found.close();
  return found;
}

/** Every file with its content and the time of its last change. */
function snapshot(directory: string): readonly unknown[] {
  return readdirSync(directory)
    .toSorted()
    .map((name) => {
      const path = join(directory, name);
      return [name, readFileSync(path).toString('base64'), statSync(path).mtimeMs];
    });
}

async function closedStore(): Promise<string> {
  const directory = makeFolder();
  const store = await openStore(directory);
  await store.transact((tx) => {
    for (let at = 0; at < 200; at += 1) tx.put(notes, `note ${at}`, { text: 'x'.repeat(200) });
    tx.append('audit', { at: 1 });
  });
  await store.close();
  return directory;
}

test('a store that was closed is sound, and looking changes no byte of the folder', async () => {
  const directory = await closedStore();
  const before = snapshot(directory);
  const found = inspectStore({ directory, tables: [notes], thorough: true });
  if (found.kind !== 'sound') throw new TypeError(found.kind);
  expect(found).toMatchObject({ lostHolder: undefined, pending: [] });
  expect(found.lines('audit', 0, 10)).toMatchObject([{ seq: 1, entry: { at: 1 } }]);
  found.close();
  expect(snapshot(directory)).toEqual(before);
});

test('there is none in a folder nobody ever opened', () => {
  expect(look(makeFolder())).toEqual({ kind: 'absent' });
});

test('one that is open is left to its owner', async () => {
  const directory = makeFolder();
  await openStore(directory);
  expect(look(directory)).toMatchObject({ kind: 'owned', holder: { pid: process.pid } });
});

test('what the next opening adds is named', async () => {
  const directory = await closedStore();
  const wider = defineTable<{ readonly text: string }>('notes', { byText: ['text'] });
  const other = defineTable<{ readonly text: string }>('others');
  expect(look(directory, false, [wider, other])).toMatchObject({
    kind: 'sound',
    pending: ['index of notes', 'table others'],
  });
});

test('an owner that was killed is named', async () => {
  const directory = await closedStore();
  writeFileSync(join(directory, 'lock.json'), '{"pid":4242,"since":"2026-01-01T00:00:00.000Z"}');
  expect(look(directory)).toMatchObject({ kind: 'sound', lostHolder: { pid: 4242 } });
});

test('damage is told and not thrown, whatever it is', async () => {
  const directory = await closedStore();
  const path = join(directory, FILE);
  const whole = readFileSync(path);
  truncateSync(path, whole.length - 8192);
  expect(look(directory)).toMatchObject({ kind: 'unusable', error: { code: 'store.corrupt' } });
  writeFileSync(path, 'this is no database at all, however long it may be');
  expect(look(directory)).toMatchObject({ kind: 'unusable', error: { code: 'store.corrupt' } });
  rmSync(path);
  expect(look(directory)).toEqual({ kind: 'absent' });
});

test('a store of a later version is told as that', async () => {
  const directory = await closedStore();
  const database = new DatabaseSync(join(directory, FILE));
  database.exec('PRAGMA user_version = 99');
  database.close();
  expect(look(directory)).toMatchObject({ kind: 'unusable', error: { code: 'store.newer' } });
});

test('a thorough look finds an index that does not fit its table', async () => {
  const directory = makeFolder();
  const rooms = defineTable<{ readonly text?: string; readonly room?: string }>('notes', {
    byRoom: ['room'],
    byText: ['text'],
  });
  const store = await openStore(directory, { tables: [rooms] });
  await store.transact((tx) => tx.put(rooms, 'a', { text: 'left', room: 'right' }));
  await store.close();
  const database = new DatabaseSync(join(directory, FILE), { defensive: false });
  database.exec(`PRAGMA writable_schema = ON;
    UPDATE sqlite_schema SET sql = replace(sql, 'f_text', 'f_room') WHERE name = 'x_notes.byText'`);
  database.close();
  expect(look(directory, false, [rooms])).toMatchObject({ kind: 'sound' });
  expect(look(directory, true, [rooms])).toMatchObject({
    kind: 'unusable',
    error: { code: 'store.corrupt' },
  });
});
