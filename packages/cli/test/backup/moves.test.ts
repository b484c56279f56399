/**
 * Renames that happen all or not at all.
 */
import { mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { moveAll } from '../../src/backup/moves.ts';
import { Home } from '../call.ts';
import { put } from './state.ts';

test('moves are done in order, and folders on the way are made', () => {
  const { path } = new Home();
  put(path, 'a/x', 'old');
  put(path, 'b/x', 'new');
  moveAll([
    [join(path, 'a'), join(path, 'kept')],
    [join(path, 'b'), join(path, 'deep/er/a')],
  ]);
  expect(readFileSync(join(path, 'kept/x'), 'utf8')).toBe('old');
  expect(readFileSync(join(path, 'deep/er/a/x'), 'utf8')).toBe('new');
});

test.each([
  ['what is not there', 'missing', 'c'],
  ['a place that is taken, even by an empty folder', 'b', 'taken'],
])('when one fails for %s, those before it are taken back', (_why, from, to) => {
  const { path } = new Home();
  put(path, 'a/x', 'old');
  put(path, 'b/x', 'new');
  mkdirSync(join(path, 'taken'));
  expect(() => {
    moveAll([
      [join(path, 'a'), join(path, 'kept')],
      [join(path, from), join(path, to)],
    ]);
  }).toThrow(
    expect.objectContaining({
      code: 'state.not_moved',
      message: expect.stringContaining('Everything is where it was.'),
    }),
  );
  expect(readdirSync(path).toSorted()).toEqual(['a', 'b', 'taken']);
  expect(readFileSync(join(path, 'a/x'), 'utf8')).toBe('old');
});
