import { createHmac } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { canonicalJson } from '@portcullis/core';
import { expect, test } from 'vitest';

import type { StoreFault } from '../src/index.ts';
import { makeFolder, openStore } from './folder.ts';
import { chainKey, notes } from './program-setup.ts';

const RECORD = { text: 'x'.repeat(20_000) };

test('a full disk refuses the batch as a whole, and later ones go through', async () => {
  const faults: StoreFault[] = [];
  const store = await openStore(makeFolder(), { faults: () => faults.pop() });
  await store.transact((tx) => tx.append('audit', 'before'));
  faults.push({ kind: 'full' });
  const batch = Array.from({ length: 20 }, (_, n) =>
    store.transact((tx) => {
      tx.put(notes, `k${n}`, RECORD);
      tx.append('audit', n);
    }),
  );
  for (const unit of batch) {
    await expect(unit).rejects.toMatchObject({ code: 'store.full', retryable: true });
  }
  expect(await store.transact((tx) => tx.count(notes))).toBe(0);
  await store.transact((tx) => {
    tx.put(notes, 'later', RECORD);
    tx.append('audit', 'after');
  });
  const lines = await store.readLog('audit');
  expect(lines.map(({ seq, entry }) => [seq, entry])).toEqual([
    [1, 'before'],
    [2, 'after'],
  ]);
});

test('a slow commit keeps neither the event loop nor readers waiting', async () => {
  const faults: StoreFault[] = [];
  const store = await openStore(makeFolder(), { faults: () => faults.pop() });
  await store.transact((tx) => tx.put(notes, 'a', { n: 1 }));
  faults.push({ kind: 'slow', ms: 500 });
  const slow = store.transact((tx) => tx.put(notes, 'a', { n: 2 }));
  let turns = 0;
  let reads = 0;
  const progress = { done: false };
  const written = slow.finally(() => {
    progress.done = true;
  });
  while (!progress.done) {
    turns += 1;
    if ((await store.transact((tx) => tx.get(notes, 'a')))?.n === 1) reads += 1;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await written;
  expect(turns).toBeGreaterThan(50);
  expect(reads).toBeGreaterThan(50);
  expect(await store.transact((tx) => tx.get(notes, 'a'))).toEqual({ n: 2 });
});

test('when the writer dies, nothing hangs and every lease is lost', async () => {
  const directory = makeFolder();
  const faults: StoreFault[] = [];
  const store = await openStore(directory, { faults: () => faults.pop() });
  const lease = await store.lease('lane');
  faults.push({ kind: 'die' });
  const cut = store.transact((tx) => tx.put(notes, 'a', {}));
  const queued = new Promise((resolve) => setImmediate(resolve)).then(() =>
    store.transact((tx) => tx.put(notes, 'b', {})),
  );
  await expect(cut).rejects.toMatchObject({ code: 'store.io' });
  await expect(queued).rejects.toMatchObject({ code: 'store.io' });
  await expect(store.transact((tx) => tx.put(notes, 'c', {}))).rejects.toMatchObject({
    code: 'store.io',
  });
  expect(lease.lost.aborted).toBe(true);
  await store.close();
  const again = await openStore(directory);
  expect(await again.transact((tx) => tx.count(notes))).toBe(0);
});

test('an overtaken unit gets its turn however busy the record is', async () => {
  const store = await openStore(makeFolder());
  const progress = { done: false };
  const busy = Array.from({ length: 20 }, async () => {
    while (!progress.done) await store.transact((tx) => tx.put(notes, 'hot', { n: 0 }));
  });
  const runs: number[] = [];
  await store.transact(async (tx) => {
    runs.push(1);
    const before = await tx.get(notes, 'hot');
    await new Promise((resolve) => setTimeout(resolve, 5));
    tx.put(notes, 'mine', { n: before?.n ?? -1 });
    await tx.get(notes, 'hot');
  });
  progress.done = true;
  await Promise.all(busy);
  expect(await store.transact((tx) => tx.count(notes))).toBe(2);
  expect(runs.length).toBeLessThanOrEqual(5);
});

test('a tampered line no longer fits its mac', async () => {
  const directory = makeFolder();
  const store = await openStore(directory);
  for (let n = 1; n <= 3; n += 1) await store.transact((tx) => tx.append('audit', { n }));
  await store.close();
  const database = new DatabaseSync(join(directory, 'portcullis.sqlite'));
  database.exec(`UPDATE log SET entry = '{"n":9}' WHERE seq = 2`);
  database.close();
  const again = await openStore(directory);
  let previous = '0'.repeat(64);
  const fits: boolean[] = [];
  for (const { seq, entry, mac } of await again.readLog('audit')) {
    const text = `${previous}\n${canonicalJson(['audit', seq, entry])}`;
    fits.push(createHmac('sha256', chainKey).update(text).digest('hex') === mac);
    previous = mac;
  }
  expect(fits).toEqual([true, false, true]);
});
