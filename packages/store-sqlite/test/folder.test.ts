import {
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { expect, test } from 'vitest';

import { lockHolder } from '../src/index.ts';
import { makeFolder, openStore } from './folder.ts';
import { notes } from './program-setup.ts';

const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8);

test('the folder and every file in it are private, whatever they were before', async () => {
  const directory = makeFolder();
  mkdirSync(directory, { recursive: true, mode: 0o755 });
  writeFileSync(join(directory, 'portcullis.sqlite'), '', { mode: 0o644 });
  const store = await openStore(directory);
  await store.transact((tx) => tx.put(notes, 'a', {}));
  const files = readdirSync(directory).toSorted();
  expect(files).toEqual([
    'lock.json',
    'lock.sqlite',
    'portcullis.sqlite',
    'portcullis.sqlite-shm',
    'portcullis.sqlite-wal',
  ]);
  expect(files.map((file) => mode(join(directory, file)))).toEqual(
    Array.from({ length: 5 }, () => '600'),
  );
  expect(mode(directory)).toBe('700');
});

test('a closed store leaves its database and an empty lock, and can be opened by another', async () => {
  const directory = makeFolder();
  const store = await openStore(directory);
  expect(lockHolder(directory)).toMatchObject({ pid: process.pid });
  await store.close();
  expect(readdirSync(directory).toSorted()).toEqual(['lock.sqlite', 'portcullis.sqlite']);
  expect(lockHolder(directory)).toBeUndefined();
});

test('a folder nobody ever opened has no holder', () => {
  expect(lockHolder(makeFolder())).toBeUndefined();
});

test('a second store in the same process is refused and takes nothing from the first', async () => {
  const directory = makeFolder();
  const store = await openStore(directory);
  for (let attempt = 0; attempt < 2; attempt += 1) {
    await expect(openStore(directory)).rejects.toMatchObject({ code: 'store.locked' });
  }
  expect(lockHolder(directory)).toMatchObject({ pid: process.pid });
  await store.transact((tx) => tx.put(notes, 'a', { text: 'still mine' }));
});

test('a database of a later version is refused and left as it is', async () => {
  const directory = makeFolder();
  await (await openStore(directory)).close();
  const path = join(directory, 'portcullis.sqlite');
  const database = new DatabaseSync(path);
  database.exec('PRAGMA user_version = 99');
  database.close();
  const before = readFileSync(path);
  await expect(openStore(directory)).rejects.toMatchObject({
    code: 'store.newer',
    message: 'The database has format 99; this version knows formats up to 1.',
  });
  expect(readFileSync(path).equals(before)).toBe(true);
  expect(lockHolder(directory)).toBeUndefined();
});

test('the database of another program is refused and left as it is', async () => {
  const directory = makeFolder();
  mkdirSync(directory, { recursive: true });
  const path = join(directory, 'portcullis.sqlite');
  const database = new DatabaseSync(path);
  database.exec('CREATE TABLE theirs (x)');
  database.close();
  const before = readFileSync(path);
  await expect(openStore(directory)).rejects.toMatchObject({ code: 'store.corrupt' });
  expect(readFileSync(path).equals(before)).toBe(true);
});

test.each([
  ['text instead of a database', (path: string) => writeFileSync(path, 'x'.repeat(8192))],
  ['half a database', (path: string) => truncateSync(path, 5000)],
  [
    'a page of noise',
    (path: string) => {
      const bytes = readFileSync(path);
      bytes.fill(0xa5, 4096 * 2, 4096 * 6);
      writeFileSync(path, bytes);
    },
  ],
])('%s is refused and left as it is', async (_, damage) => {
  const directory = makeFolder();
  const store = await openStore(directory);
  for (let n = 0; n < 200; n += 1) {
    await store.transact((tx) => tx.put(notes, `k${n}`, { text: 'x'.repeat(500) }));
  }
  await store.close();
  const path = join(directory, 'portcullis.sqlite');
  damage(path);
  // What an owner leaves behind that did not get to close.
  writeFileSync(join(directory, 'lock.json'), '{"pid":1}');
  const before = readFileSync(path);
  await expect(openStore(directory)).rejects.toMatchObject({ code: 'store.corrupt' });
  expect(readFileSync(path).equals(before)).toBe(true);
});
