import { isRanked } from '@portcullis/policy/explain';
import { expect, test } from 'vitest';

import { schemaRows } from '../../src/config/index.ts';

/** The setting a row is about, as the exposure diff sees it: lists of objects are one setting. */
function settingOf(path: string): readonly string[] {
  const [list = path] = path.split('[]');
  return list.split('.').map((segment) => (segment === '*' ? 'some-name' : segment));
}

test('every key that has an effect is ranked by how open it is: packages/policy/src/explain/change', () => {
  const unranked = schemaRows
    .filter(
      ({ status, type }) => status !== 'known' && type.kind !== 'map' && type.kind !== 'object',
    )
    .map(({ path }) => path)
    .filter((path) => !isRanked(settingOf(path)));
  expect(unranked).toEqual([]);
});
