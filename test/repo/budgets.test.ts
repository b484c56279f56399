/**
 * Nothing grows past the size at which a reader loses the thread.
 *
 * @module
 */
import { expect, test } from 'vitest';

import { type Exception, checkBudgets } from './rules/budgets.ts';
import { ROOT, readTree, treeOf } from './tree.ts';

/** What may be bigger, each with its reason. */
const EXCEPTIONS: readonly Exception[] = [];

const lines = (count: number): string => `${'//\n'.repeat(count - 1)}//`;

const files = (count: number, path: (index: number) => string): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [path(index), '']));

test('this repository keeps its budgets', () => {
  expect(checkBudgets(readTree(ROOT), EXCEPTIONS)).toEqual([]);
});

test('a file at the limit passes and one line more does not', () => {
  const tree = treeOf({
    'packages/x/src/full.ts': lines(400),
    'packages/x/src/over.ts': lines(401),
    'packages/x/test/full.test.ts': lines(500),
    'packages/x/test/over.test.ts': lines(501),
  });
  expect(checkBudgets(tree)).toEqual([
    'packages/x/src/over.ts: 401 lines (limit 400)',
    'packages/x/test/over.test.ts: 501 lines (limit 500)',
  ]);
});

test('a function of 81 lines is too long, however it is written', () => {
  const body = `{\n${'  1;\n'.repeat(79)}}`;
  const tree = treeOf({
    'packages/x/src/a.ts': `function long() ${body}`,
    'packages/x/src/b.ts': `const long = () => ${body};`,
    'packages/x/src/c.ts': `class C { long() ${body} }`,
    'packages/x/src/d.ts': `function fine() {\n${'  1;\n'.repeat(78)}}`,
  });
  expect(checkBudgets(tree)).toEqual([
    'packages/x/src/a.ts: the function at line 1 has 81 lines (limit 80)',
    'packages/x/src/b.ts: the function at line 1 has 81 lines (limit 80)',
    'packages/x/src/c.ts: the function at line 1 has 81 lines (limit 80)',
  ]);
});

test('a crowded folder, a crowded root and too many scripts', () => {
  const tree = treeOf({
    ...files(26, (index) => `packages/x/src/f${index}.ts`),
    ...files(29, (index) => `root-${index}.md`),
    'package.json': { scripts: files(21, (index) => `s${index}`) },
  });
  expect(checkBudgets(tree)).toEqual([
    'packages/x/src: 26 TypeScript files in one folder (limit 25)',
    '.: 31 entries in the root (limit 30)',
    'package.json: 21 scripts (limit 20)',
  ]);
});

test('a channel of 21 files', () => {
  const sources = Array.from({ length: 21 }, (_, index) => [
    `packages/channels-x/src/${index % 2}/f${index}.ts`,
    '',
  ]);
  const tree = treeOf({ 'packages/channels-x/package.json': {}, ...Object.fromEntries(sources) });
  expect(checkBudgets(tree)).toEqual([
    'packages/channels-x: 21 source files in a channel (limit 20)',
  ]);
});

test('a guide for agents that nobody would read to its end', () => {
  expect(checkBudgets(treeOf({ 'AGENTS.md': 'ä'.repeat(3001) }))).toEqual([
    'AGENTS.md: 6002 bytes (limit 6000)',
  ]);
});

test('an exception excuses one budget of one path, and must be needed', () => {
  const tree = treeOf({ 'packages/x/src/over.ts': lines(401) });
  const reason = 'generated from the published schema';
  expect(
    checkBudgets(tree, [{ path: 'packages/x/src/over.ts', budget: 'sourceLines', reason }]),
  ).toEqual([]);
  expect(
    checkBudgets(treeOf({}), [{ path: 'packages/x/src/over.ts', budget: 'sourceLines', reason }]),
  ).toEqual([
    'packages/x/src/over.ts: its exception for sourceLines is no longer needed: remove it',
  ]);
});
