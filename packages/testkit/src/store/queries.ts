/**
 * Store contract: queries, their order and their bounds.
 *
 * @module
 */
import type { Query, Store } from '@portcullis/core';
import { describe, expect, test } from 'vitest';

import { type Note, type Places, notes } from './place.ts';

const FURNITURE: readonly (readonly [string, Note])[] = [
  ['f', { room: 'b', rank: 2 }],
  ['e', { room: 'a', rank: 3 }],
  ['d', { room: 'a', rank: 1 }],
  ['c', { room: 'a' }],
  ['b', { rank: 7 }],
  ['a', { room: 'a', rank: 1 }],
];

const keys = async (store: Store, query?: Query): Promise<string> => {
  const found = await store.transact((tx) => tx.find(notes, query));
  return found.map(({ key }) => key).join('');
};

async function furnish(store: Store): Promise<void> {
  for (const [key, note] of FURNITURE) await store.transact((tx) => tx.put(notes, key, note));
}

const CASES: readonly { readonly name: string; readonly query?: Query; readonly found: string }[] =
  [
    { name: 'everything, in order of insertion', found: 'fedcba' },
    { name: 'the newest first', query: { reverse: true }, found: 'abcdef' },
    { name: 'no more than the limit', query: { limit: 2 }, found: 'fe' },
    { name: 'nothing with a limit of none', query: { limit: 0 }, found: '' },
    { name: 'one room', query: { index: 'byRoom', equals: ['a'] }, found: 'edca' },
    {
      name: 'one room, newest first',
      query: { index: 'byRoom', equals: ['a'], reverse: true },
      found: 'acde',
    },
    { name: 'an empty room', query: { index: 'byRoom', equals: ['A'] }, found: '' },
    { name: 'all that have a room, by room', query: { index: 'byRoom' }, found: 'edcaf' },
    {
      name: 'a prefix of an index',
      query: { index: 'byRoomAndRank', equals: ['a'] },
      found: 'dae',
    },
    { name: 'a whole index', query: { index: 'byRoomAndRank', equals: ['a', 1] }, found: 'da' },
    { name: 'above is exclusive', query: { index: 'byRank', above: 1 }, found: 'feb' },
    { name: 'upTo is inclusive', query: { index: 'byRank', upTo: 2 }, found: 'daf' },
    { name: 'a range', query: { index: 'byRank', above: 1, upTo: 3 }, found: 'fe' },
    {
      name: 'a range from its top',
      query: { index: 'byRank', above: 1, upTo: 3, reverse: true, limit: 1 },
      found: 'e',
    },
    {
      name: 'a range after a prefix',
      query: { index: 'byRoomAndRank', equals: ['a'], above: 1 },
      found: 'e',
    },
    { name: 'a range of text', query: { index: 'byRoom', above: 'a' }, found: 'f' },
  ];

/** Registers the tests. */
export function describeQueries(places: Places): void {
  describe('queries', () => {
    const open = places.share();

    test.each(CASES)('finds $name', async ({ query, found }) => {
      const store = await open();
      await furnish(store);
      expect(await keys(store, query)).toBe(found);
    });

    test.each(CASES)('finds $name among writes of the same unit', async ({ query, found }) => {
      const store = await open();
      // Half is there, one of it in another shape, and one that the unit deletes.
      await store.transact((tx) => {
        tx.put(notes, 'f', { room: 'a', rank: 1 });
        tx.put(notes, 'e', { room: 'a', rank: 3 });
        tx.put(notes, 'x', { room: 'a', rank: 1 });
      });
      const seen = await store.transact(async (tx) => {
        for (const [key, note] of FURNITURE) if (key !== 'e') tx.put(notes, key, note);
        tx.delete(notes, 'x');
        return { found: await tx.find(notes, query), count: await tx.count(notes, query) };
      });
      expect(seen.found.map(({ key }) => key).join('')).toBe(found);
      expect(seen.found).toEqual(await store.transact((tx) => tx.find(notes, query)));
      expect(seen.count).toBe(await store.transact((tx) => tx.count(notes, query)));
    });

    test('a count ignores the limit', async () => {
      const store = await open();
      await furnish(store);
      const query = { index: 'byRoom', equals: ['a'], limit: 1 };
      expect(await store.transact((tx) => tx.count(notes, query))).toBe(4);
    });
  });

  describeOrder(places);
}

/** Order of insertion, and cursors over it. */
function describeOrder(places: Places): void {
  describe('order', () => {
    const open = places.share();

    test('replacing keeps the place of a record; deleting it first does not', async () => {
      const store = await open();
      for (const key of ['a', 'b', 'c']) await store.transact((tx) => tx.put(notes, key, {}));
      const before = await store.transact((tx) => tx.find(notes));
      await store.transact((tx) => tx.put(notes, 'a', { text: 'new' }));
      const after = await store.transact((tx) => tx.find(notes));
      expect(after.map(({ key, seq }) => [key, seq])).toEqual(
        before.map(({ key, seq }) => [key, seq]),
      );
      await store.transact((tx) => {
        tx.delete(notes, 'a');
        tx.put(notes, 'a', { text: 'newer' });
      });
      expect(await keys(store)).toBe('bca');
      await store.transact((tx) => {
        tx.delete(notes, 'b');
        tx.put(notes, 'd', {});
        tx.put(notes, 'b', { text: 'new' });
        tx.put(notes, 'b', { text: 'newer' });
      });
      expect(await keys(store)).toBe('cadb');
    });

    test('the seq of a deleted record is not used again', async () => {
      const place = places.make();
      const store = await place.open();
      await store.transact((tx) => tx.put(notes, 'a', {}));
      const [first] = await store.transact((tx) => tx.find(notes));
      await store.transact((tx) => tx.delete(notes, 'a'));
      await store.close();
      const again = await place.open();
      await again.transact((tx) => tx.put(notes, 'b', {}));
      const [second] = await again.transact((tx) => tx.find(notes, { above: first?.seq ?? 0 }));
      expect(second?.key).toBe('b');
    });

    test('seq is a cursor: above continues where the last page ended', async () => {
      const store = await open();
      await furnish(store);
      const page = await store.transact((tx) => tx.find(notes, { limit: 4 }));
      expect(await keys(store, { above: page.at(-1)?.seq ?? 0 })).toBe('ba');
      const room = { index: 'byRoom', equals: ['a'] };
      const inRoom = await store.transact((tx) => tx.find(notes, { ...room, limit: 2 }));
      expect(await keys(store, { ...room, above: inRoom.at(-1)?.seq ?? 0 })).toBe('ca');
    });

    test('a record leaves an index when it loses the field', async () => {
      const store = await open();
      await furnish(store);
      await store.transact((tx) => tx.put(notes, 'e', { rank: 3 }));
      expect(await keys(store, { index: 'byRoom', equals: ['a'] })).toBe('dca');
    });

    test('text is compared exactly', async () => {
      const store = await open();
      const rooms = ['\u00e9', 'e\u0301', 'E', 'e', '1', '\ufffd', '😀', ''];
      for (const [n, room] of rooms.entries()) {
        await store.transact((tx) => tx.put(notes, String(n), { room }));
      }
      for (const [n, room] of rooms.entries()) {
        expect(await keys(store, { index: 'byRoom', equals: [room] })).toBe(String(n));
      }
    });

    test('an index that was not declared is refused', async () => {
      const store = await open();
      const find = store.transact((tx) => tx.find(notes, { index: 'toString' }));
      await expect(find).rejects.toMatchObject({ code: 'store.query' });
    });
  });
}
