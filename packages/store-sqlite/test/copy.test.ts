/**
 * Copying a store while somebody uses it.
 */
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { expect, test } from 'vitest';

import { copySqliteStore, inspectStore, lockDirectory, lockHolder } from '../src/index.ts';
import { makeFolder, openStore } from './folder.ts';
import { notes } from './program-setup.ts';

function makeTarget(directory: string): string {
  const target = join(dirname(directory), 'copy');
  mkdirSync(target, { recursive: true });
  return target;
}

test('the copy of an open store is one private file that holds every unit committed before', async () => {
  const directory = makeFolder();
  const store = await openStore(directory);
  for (let n = 0; n < 50; n += 1) {
    await store.transact((tx) => {
      tx.put(notes, String(n), { n });
      tx.append('audit', { n });
    });
  }
  const target = makeTarget(directory);
  expect(await copySqliteStore(directory, target)).toBe(true);
  await store.transact((tx) => tx.append('audit', { n: 50 }));
  expect(readdirSync(target)).toEqual(['portcullis.sqlite']);
  expect(statSync(join(target, 'portcullis.sqlite')).mode & 0o777).toBe(0o600);
  const copy = inspectStore({ directory: target, tables: [notes], thorough: true });
  if (copy.kind !== 'sound') throw new TypeError(copy.kind);
  expect(copy.pending).toEqual([]);
  expect(copy.lines('audit', 0, 100)).toEqual(await store.readLog('audit', { limit: 50 }));
  copy.close();
  await store.close();
  const reopened = await openStore(target);
  expect(await reopened.transact((tx) => tx.get(notes, '49'))).toEqual({ n: 49 });
});

test('a copy made while units are committed holds each of them whole or not at all', async () => {
  const directory = makeFolder();
  const store = await openStore(directory);
  const writer = new AbortController();
  const writing = (async () => {
    for (let n = 0; !writer.signal.aborted; n += 1) {
      await store.transact((tx) => {
        tx.append('left', { n });
        tx.append('right', { n });
      });
    }
  })();
  const target = makeTarget(directory);
  await expect.poll(() => store.readLog('left')).not.toEqual([]);
  await copySqliteStore(directory, target);
  writer.abort();
  await writing;
  const copy = inspectStore({ directory: target, tables: [notes], thorough: true });
  if (copy.kind !== 'sound') throw new TypeError(copy.kind);
  const [left, right] = [copy.lines('left', 0, 1e6), copy.lines('right', 0, 1e6)];
  expect(left.length).toBeGreaterThan(0);
  expect(left.map(({ entry }) => entry)).toEqual(right.map(({ entry }) => entry));
  copy.close();
});

test('a folder without a store has nothing to copy, and what is no store is refused', async () => {
  const directory = makeFolder();
  mkdirSync(directory, { recursive: true });
  const target = makeTarget(directory);
  expect(await copySqliteStore(directory, target)).toBe(false);
  writeFileSync(join(directory, 'portcullis.sqlite'), 'no database at all, however long it is');
  await expect(copySqliteStore(directory, target)).rejects.toMatchObject({ code: 'store.corrupt' });
  expect(readdirSync(target)).toEqual([]);
});

test('whoever owns the folder keeps stores from being opened in it', async () => {
  const directory = makeFolder();
  const { release } = lockDirectory(directory);
  expect(lockHolder(directory)).toMatchObject({ pid: process.pid });
  await expect(openStore(directory)).rejects.toMatchObject({ code: 'store.locked' });
  release();
  await openStore(directory);
});
