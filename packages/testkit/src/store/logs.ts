/**
 * Store contract: hash-chained logs.
 *
 * @module
 */
import { createHmac } from 'node:crypto';

import { type LogLine, canonicalJson } from '@portcullis/core';
import { describe, expect, test } from 'vitest';

import { CHAIN_KEY, type Places, notes } from './place.ts';

/** Recomputes the chain of a log from its start, as the contract spells it. */
function chain(log: string, lines: readonly LogLine[]): string[] {
  const macs: string[] = [];
  for (const { seq, entry } of lines) {
    const text = `${macs.at(-1) ?? '0'.repeat(64)}\n${canonicalJson([log, seq, entry])}`;
    macs.push(createHmac('sha256', CHAIN_KEY).update(text).digest('hex'));
  }
  return macs;
}

/** Registers the tests. */
export function describeLogs(places: Places): void {
  describe('logs', () => {
    test('lines are numbered from 1 and chained', async () => {
      const store = await places.open();
      await store.transact((tx) => {
        tx.append('audit', { b: 1, a: [true, null, 'é'] });
        tx.append('audit', { n: 2 });
        tx.append('other log', 'first of its own');
      });
      await store.transact((tx) => tx.append('audit', { n: 3 }));
      const lines = await store.readLog('audit');
      expect(lines.map(({ seq, entry }) => [seq, entry])).toEqual([
        [1, { a: [true, null, 'é'], b: 1 }],
        [2, { n: 2 }],
        [3, { n: 3 }],
      ]);
      expect(lines.map(({ mac }) => mac)).toEqual(chain('audit', lines));
      const other = await store.readLog('other log');
      expect(other.map(({ mac }) => mac)).toEqual(chain('other log', other));
    });

    test('the first mac of a known line is known', async () => {
      const store = await places.open();
      await store.transact((tx) => tx.append('audit', { effect: 'deny', code: 'x' }));
      const [line] = await store.readLog('audit');
      expect(line?.mac).toBe('5ca4910210f098b3de26fa43da838de01a9d4bab7e34874eabc9d4ecbacb801c');
    });

    test('a log has no holes, whatever fails or runs again meanwhile', async () => {
      const store = await places.open();
      const units = Array.from({ length: 60 }, (_, n) =>
        store.transact(async (tx) => {
          const count = await tx.count(notes);
          tx.append('audit', { n });
          tx.put(notes, `k${n % 7}`, { rank: count });
          if (n % 5 === 0) throw new Error('no');
        }),
      );
      await Promise.allSettled(units);
      const lines = await store.readLog('audit');
      expect(lines.map(({ seq }) => seq)).toEqual(Array.from({ length: 48 }, (_, n) => n + 1));
      expect(lines.map(({ mac }) => mac)).toEqual(chain('audit', lines));
    });

    test('a log goes on after the store is opened again', async () => {
      const place = places.make();
      const store = await place.open();
      await store.transact((tx) => tx.append('audit', 1));
      await store.close();
      const again = await place.open();
      await again.transact((tx) => tx.append('audit', 2));
      const lines = await again.readLog('audit');
      expect(lines.map(({ entry }) => entry)).toEqual([1, 2]);
      expect(lines.map(({ mac }) => mac)).toEqual(chain('audit', lines));
    });

    test('a range of a log can be read', async () => {
      const store = await places.open();
      await store.transact((tx) => {
        for (let n = 1; n <= 10; n += 1) tx.append('audit', n);
      });
      const lines = await store.readLog('audit', { after: 4, limit: 3 });
      expect(lines.map(({ seq }) => seq)).toEqual([5, 6, 7]);
      expect(await store.readLog('never written')).toEqual([]);
    });

    test('what has no canonical spelling is refused', async () => {
      const store = await places.open();
      const unit = store.transact((tx) => tx.append('audit', { n: Number.NaN }));
      await expect(unit).rejects.toMatchObject({ code: 'json.value' });
      expect(await store.readLog('audit')).toEqual([]);
    });
  });
}
