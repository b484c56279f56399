/**
 * Store contract: single records, what they may hold, and that they last.
 *
 * @module
 */
import { describe, expect, test } from 'vitest';

import { type Places, notes } from './place.ts';

/** Registers the tests. */
export function describeRecords(places: Places): void {
  describe('records', () => {
    const open = places.share();

    test('a record is found under its key, and only there', async () => {
      const store = await open();
      await store.transact((tx) => tx.put(notes, 'a', { text: 'hello', rank: 3 }));
      expect(await store.transact((tx) => tx.get(notes, 'a'))).toEqual({ text: 'hello', rank: 3 });
      expect(await store.transact((tx) => tx.get(notes, 'A'))).toBeUndefined();
    });

    test('a deleted record is gone, and deleting nothing is no error', async () => {
      const store = await open();
      await store.transact((tx) => tx.put(notes, 'a', { text: 'hello' }));
      await store.transact((tx) => {
        tx.delete(notes, 'a');
        tx.delete(notes, 'never');
      });
      expect(await store.transact((tx) => tx.get(notes, 'a'))).toBeUndefined();
      expect(await store.transact((tx) => tx.count(notes))).toBe(0);
    });

    test.each([
      '',
      ' ',
      "it's",
      'a"b',
      '%',
      '\n',
      'a\u0000b',
      '鍵',
      '👩‍👩‍👧',
      '__proto__',
      'x'.repeat(5000),
    ])('the key %j is a key like any other', async (key) => {
      const store = await open();
      await store.transact((tx) => tx.put(notes, key, { text: 'here' }));
      expect(await store.transact((tx) => tx.get(notes, key))).toEqual({ text: 'here' });
      const found = await store.transact((tx) => tx.find(notes));
      expect(found).toEqual([{ key, value: { text: 'here' }, seq: found[0]?.seq }]);
    });

    test('text keeps every character', async () => {
      const store = await open();
      const text = 'a\u0000b "quoted" \\ 𝄞 \u2028 \ud800 é';
      await store.transact((tx) => tx.put(notes, 'a', { text }));
      expect(await store.transact((tx) => tx.get(notes, 'a'))).toEqual({ text });
    });

    test('a value of a megabyte is kept whole', async () => {
      const store = await open();
      const text = 'é'.repeat(512 * 1024);
      await store.transact((tx) => tx.put(notes, 'big', { text }));
      const kept = await store.transact((tx) => tx.get(notes, 'big'));
      expect(kept?.text === text).toBe(true);
    });

    test('what is put is what counts, not what the caller does to it later', async () => {
      const store = await open();
      const note = { text: 'before' };
      await store.transact((tx) => {
        tx.put(notes, 'a', note);
        note.text = 'after';
      });
      expect(await store.transact((tx) => tx.get(notes, 'a'))).toEqual({ text: 'before' });
    });
  });

  describeDurability(places);
}

/** What is still there after the store was closed, or died. */
function describeDurability(places: Places): void {
  describe('durability', () => {
    test('what was committed is there when the store is opened again', async () => {
      const place = places.make();
      const store = await place.open();
      await store.transact((tx) => tx.put(notes, 'a', { text: 'kept', room: 'r' }));
      await store.close();
      const again = await place.open();
      expect(await again.transact((tx) => tx.get(notes, 'a'))).toEqual({ text: 'kept', room: 'r' });
      const found = await again.transact((tx) =>
        tx.find(notes, { index: 'byRoom', equals: ['r'] }),
      );
      expect(found.map(({ key }) => key)).toEqual(['a']);
    });

    test.runIf(places.canCrash)('what was acknowledged survives a crash', async () => {
      const place = places.make();
      const store = await place.open();
      for (let n = 0; n < 20; n += 1) {
        await store.transact((tx) => tx.put(notes, `k${n}`, { rank: n }));
      }
      await place.crash();
      const again = await place.open();
      expect(await again.transact((tx) => tx.count(notes))).toBe(20);
    });
  });
}
