import { expect, test } from 'vitest';

import { METHODS } from '../src/index.ts';
import { renderReference } from './render-reference.ts';

test('docs/reference/protocol.md is what the schemas say', async () => {
  // When this is red, run the tests of this package with `--update`.
  await expect(renderReference()).toMatchFileSnapshot('../../../docs/reference/protocol.md');
});

test('every method says in a sentence what it does', () => {
  const silent = Object.entries(METHODS).filter(
    ([, { summary }]) => !/^[A-Z`].{10,}\.$/u.test(summary),
  );
  expect(silent.map(([name]) => name)).toEqual([]);
});
