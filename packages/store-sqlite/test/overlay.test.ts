import { type Query, type Table, type Tx, defineTable } from '@portcullis/core';
import { expect, test } from 'vitest';

import { makeFolder, openStore } from './folder.ts';

interface Item {
  readonly group?: string;
  readonly rank?: number | string;
}

const items: Table<Item> = defineTable<Item>('items', {
  byGroup: ['group', 'rank'],
  byRank: ['rank'],
});

/** The same numbers on every run: a linear congruential generator. */
function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return Math.floor((state / 4_294_967_296) * sides);
  };
}

const GROUPS = ['', 'a', 'é', '\uffff', '😀'];
const RANKS = [0, -3, 7, 2.5, 'x', '10'];
const pick = <T>(roll: (sides: number) => number, list: readonly T[]): T | undefined =>
  list[roll(list.length + 1)];

function change(tx: Tx, roll: (sides: number) => number): void {
  const key = `k${roll(12)}`;
  if (roll(4) === 0) {
    tx.delete(items, key);
    return;
  }
  const group = pick(roll, GROUPS);
  const rank = pick(roll, RANKS);
  tx.put(items, key, {
    ...(group === undefined ? {} : { group }),
    ...(rank === undefined ? {} : { rank }),
  });
}

function question(roll: (sides: number) => number): Query {
  const shape: Query = { reverse: roll(2) === 0, limit: [1, 3, 1000][roll(3)] ?? 1 };
  const bound = pick(roll, RANKS);
  const range = bound === undefined ? {} : roll(2) === 0 ? { above: bound } : { upTo: bound };
  if (roll(3) === 0) return { ...shape, index: 'byRank', ...range };
  const group = pick(roll, GROUPS);
  if (group === undefined) return { ...shape, index: 'byGroup' };
  return { ...shape, index: 'byGroup', equals: [group], ...range };
}

test.each([1, 2, 3, 4])('a unit sees what its commit will leave (seed %i)', async (seed) => {
  const roll = dice(seed);
  const store = await openStore(makeFolder(), { tables: [items] });
  for (let round = 0; round < 60; round += 1) {
    const questions = Array.from({ length: 6 }, () => question(roll));
    const ask = (tx: Tx): Promise<unknown[]> =>
      Promise.all(questions.flatMap((query) => [tx.find(items, query), tx.count(items, query)]));
    const during = await store.transact((tx) => {
      for (let n = roll(6); n >= 0; n -= 1) change(tx, roll);
      return ask(tx);
    });
    expect(during).toEqual(await store.transact(ask));
  }
});
