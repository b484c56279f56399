/**
 * What a package offers is documented, named and honestly typed; what it throws has a code.
 *
 * @module
 */
import { describe, expect, test } from 'vitest';

import {
  checkDefaultExports,
  checkDocstrings,
  checkEscapeHatches,
  checkHeaders,
} from './rules/exports.ts';
import { ROOT, type Tree, readTree, treeOf } from './tree.ts';

const repository = readTree(ROOT);

/** A package `channels-x` with an entry and, beside it, more files. */
function packageOf(entry: string, more: Readonly<Record<string, string>> = {}): Tree {
  const files = Object.entries(more).map(([path, text]) => [`packages/channels-x/${path}`, text]);
  return treeOf({
    'packages/channels-x/package.json': {
      exports: {
        '.': { '@portcullis/source': './src/index.ts' },
        './package.json': './package.json',
      },
    },
    'packages/channels-x/src/index.ts': entry,
    ...Object.fromEntries(files),
  });
}

const undocumented = (tree: Tree): readonly string[] =>
  checkDocstrings(tree).map((line) => line.split(' is public')[0] ?? '');

describe('this repository', () => {
  test('documents every public name', () => {
    expect(checkDocstrings(repository)).toEqual([]);
  });

  test('says in every file what it is for', () => {
    expect(checkHeaders(repository)).toEqual([]);
  });

  test('default-exports plugins and nothing else', () => {
    expect(checkDefaultExports(repository)).toEqual([]);
  });

  test('has no any, no !, no switched-off compiler', () => {
    expect(checkEscapeHatches(repository)).toEqual([]);
  });
});

describe('public names', () => {
  test('a docstring directly before the declaration counts', () => {
    const tree = packageOf(`/** Header. @module */
import './other.ts';
/** One. */
export const one = 1;
// Not a docstring.
export function two(): void {}
/** Interrupted. */
const gap = 1;
export interface Three {}
/** */
export type Four = 4;
`);
    expect(undocumented(tree)).toEqual([
      'packages/channels-x/src/index.ts: two',
      'packages/channels-x/src/index.ts: Three',
      'packages/channels-x/src/index.ts: Four',
    ]);
  });

  test('re-exports are followed to where the name is declared', () => {
    const tree = packageOf(
      `export { a, hidden as b } from './a.ts';
export * from './star.ts';
import { c } from './a.ts';
export { c };
export type { Event } from '@portcullis/core';
export { renamed } from './middle.ts';`,
      {
        'src/a.ts': '/** A. */\nexport const a = 1;\nexport const hidden = 2;\nexport const c = 3;',
        'src/star.ts': 'export class Star {}',
        'src/middle.ts': "export { inner as renamed } from './inner.ts';",
        'src/inner.ts': 'export const inner = 1;',
      },
    );
    expect(undocumented(tree)).toEqual([
      'packages/channels-x/src/a.ts: b',
      'packages/channels-x/src/star.ts: Star',
      'packages/channels-x/src/a.ts: c',
      'packages/channels-x/src/inner.ts: renamed',
    ]);
  });

  test('a name for a value and its type needs one docstring', () => {
    const tree = packageOf('/** Both. */\nexport const Frame = 1;\nexport type Frame = 1;');
    expect(checkDocstrings(tree)).toEqual([]);
  });
});

test('a file that does not say what it is for', () => {
  expect(checkHeaders(packageOf("import './a.ts';\n/** Late. */"))).toHaveLength(1);
  expect(checkHeaders(packageOf('/**\n * What for.\n */'))).toEqual([]);
});

describe('default exports', () => {
  test.each([
    'const plugin: Plugin = { id: "x" }; export default plugin;',
    'export default { id: "x" } satisfies Plugin;',
    'const plugin = { id: "x" } satisfies Plugin; export { plugin as default };',
    "export { plugin as default } from './plugin.ts';",
    "import { plugin } from './plugin.ts'; export default plugin;",
  ])('a plugin passes: %s', (entry) => {
    const tree = packageOf(entry, { 'src/plugin.ts': 'export const plugin: Plugin = {};' });
    expect(checkDefaultExports(tree)).toEqual([]);
  });

  test.each([
    'export default function f() {}',
    'const plugin = {}; export default plugin;',
    'const plugin: Other = {}; export { plugin as default };',
    "export { default } from './plugin.ts';",
  ])('anything else does not: %s', (entry) => {
    const tree = packageOf(entry, { 'src/plugin.ts': 'export const plugin: Plugin = {};' });
    expect(checkDefaultExports(tree)).toHaveLength(1);
  });

  test('a plugin below the entry does not pass', () => {
    const tree = packageOf('', { 'src/plugin.ts': 'const p: Plugin = {}; export default p;' });
    expect(checkDefaultExports(tree)).toHaveLength(1);
  });
});

test.each([
  { code: 'let x: any;', says: '"any" checks nothing: say the type' },
  { code: 'const x = y!;', says: '"!" is a guess: narrow the type' },
  { code: 'let x!: string;', says: '"!:" is a guess: give it a value' },
  { code: 'class C { x!: string }', says: '"!:" is a guess: give it a value' },
  { code: `// ${'@ts'}-ignore`, says: `${'@ts'}-ignore hides a mistake: mend the type` },
  {
    code: `/* ${'@ts'}-expect-error */`,
    says: `${'@ts'}-expect-error hides a mistake: mend the type`,
  },
])('catches $code', ({ code, says }) => {
  const tree = treeOf({ 'packages/x/test/a.test.ts': `\n${code}` });
  expect(checkEscapeHatches(tree)).toEqual([`packages/x/test/a.test.ts:2: ${says}`]);
});

test('the word any in prose, strings and longer names is not a type', () => {
  const tree = treeOf({ 'packages/x/src/a.ts': "// any\nconst any = 'any'; const b = !any;" });
  expect(checkEscapeHatches(tree)).toEqual([]);
});
