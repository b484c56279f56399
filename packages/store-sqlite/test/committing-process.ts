/**
 * A program for tests: commits records in a loop, and adds each key to a file once it is
 * acknowledged. Arguments: the state folder, the file.
 */
import { openSync, writeSync } from 'node:fs';

import { openSqliteStore } from '../src/index.ts';
import { chainKey, notes } from './program-setup.ts';

const acknowledged = openSync(process.argv[3] ?? '', 'a');
const store = await openSqliteStore({
  directory: process.argv[2] ?? '',
  tables: [notes],
  chainKey,
  gatewayId: 'child',
});
await store.lease('lane');
const commit = async (lane: number): Promise<never> => {
  for (let n = 0; ; n += 1) {
    const key = `${lane}-${n}`;
    await store.transact((tx) => {
      tx.put(notes, key, { text: 'x'.repeat(300), n });
      tx.append('audit', { key });
    });
    writeSync(acknowledged, `${key}\n`);
  }
};
await Promise.all([0, 1, 2, 3, 4, 5, 6, 7].map(commit));
