import { LIMITS } from '@portcullis/protocol';
import { expect, test } from 'vitest';

import { cutSlowest } from '../../src/server/slow-consumers.ts';

function consumers(sizes: readonly number[]): {
  readonly all: { readonly buffered: number; close: (code: number, reason: string) => void }[];
  readonly cut: (readonly [number, number, string])[];
} {
  const cut: (readonly [number, number, string])[] = [];
  const all = sizes.map((buffered) => ({
    buffered,
    close: (code: number, reason: string) => void cut.push([buffered, code, reason]),
  }));
  return { all, cut };
}

test('nobody is cut off while all fit', () => {
  const { all, cut } = consumers([40, 0, 60]);
  cutSlowest(all, 100);
  expect(cut).toEqual([]);
});

test('whoever is furthest behind goes first, and no more than have to', () => {
  const { all, cut } = consumers([10, 70, 0, 30, 60]);
  cutSlowest(all, 100);
  expect(cut).toEqual([[70, 1008, 'slow consumer']]);
});

test('ten thousand clients that stay below their own bound are bounded together', () => {
  const { all, cut } = consumers(Array.from({ length: 10_000 }, () => LIMITS.buffered));
  cutSlowest(all);
  expect((10_000 - cut.length) * LIMITS.buffered).toBeLessThanOrEqual(LIMITS.bufferedInAll);
  expect(10_000 - cut.length).toBe(10);
});
