/**
 * What a test expects is what it checks.
 *
 * @module
 */
import { expect, test } from 'vitest';

import { checkMatchers } from './rules/matchers.ts';
import { ROOT, readTree, treeOf } from './tree.ts';

test('no test compares with a regular expression that nothing is matched against', () => {
  expect(checkMatchers(readTree(ROOT))).toEqual([]);
});

test('a regular expression is found wherever a value stands', () => {
  const tree = treeOf({
    'packages/a/test/a.test.ts': [
      'expect(a).toMatchObject({ message: /no/u });',
      'expect(a).toEqual([{ b: { c: isOld ? /x/ : /y/ } }]);',
      'await expect(a).rejects.toMatchObject({ d: expect.objectContaining({ e: /z/ }) });',
    ].join('\n'),
  });
  expect(checkMatchers(tree).map((line) => line.split(': ')[0])).toEqual([
    'packages/a/test/a.test.ts:1',
    'packages/a/test/a.test.ts:2',
    'packages/a/test/a.test.ts:3',
  ]);
});

test('one that is matched, or that makes what is compared, is not', () => {
  const tree = treeOf({
    'test/a.test.ts': [
      'expect(a).toMatch(/x/u);',
      'expect(a).toMatchObject({ message: expect.stringMatching(/x/u) });',
      "expect(a).toEqual(b.replace(/x/u, 'y'));",
      'expect(a).toEqual(all.filter((each) => /x/u.test(each)));',
      'expect(a).rejects.toThrow(/x/u);',
    ].join('\n'),
    'packages/a/src/a.ts': 'compare(a).toEqual({ b: /x/u });',
  });
  expect(checkMatchers(tree)).toEqual([]);
});
