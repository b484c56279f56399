/**
 * Every package has the same shape, every changeset can be released, and no package is forgotten.
 *
 * @module
 */
import { describe, expect, test } from 'vitest';

import { checkChangesets, checkNames, checkProjects, checkShape } from './rules/shape.ts';
import { ROOT, readTree, treeOf } from './tree.ts';

const repository = readTree(ROOT);

const manifest = {
  name: '@portcullis/channels-x',
  description: 'Lets people reach your agent from X.',
  license: 'MIT',
  type: 'module',
  files: ['dist'],
  engines: { node: '>=24' },
  exports: {
    '.': {
      '@portcullis/source': './src/index.ts',
      types: './dist/index.d.ts',
      default: './dist/index.js',
    },
    './package.json': './package.json',
  },
};

const good = {
  'packages/channels-x/package.json': manifest,
  'packages/channels-x/README.md': '# @portcullis/channels-x\n',
  'packages/channels-x/CHANGELOG.md': '',
  'packages/channels-x/src/index.ts': 'export function createXChannel(): void {}',
  'packages/channels-x/test/surface.test.ts': '',
  'packages/channels-x/test/contract.test.ts': "describeChannel('x', bench);",
};

const changeset = (text: string): readonly string[] =>
  checkChangesets(treeOf({ ...good, '.changeset/calm-owls.md': text }));

describe('this repository', () => {
  test('gives every package the same shape', () => {
    expect(checkShape(repository)).toEqual([]);
  });

  test('has changesets that can be released', () => {
    expect(checkChangesets(repository)).toEqual([]);
  });

  test('names files for their concept', () => {
    expect(checkNames(repository)).toEqual([]);
  });

  test('tests and type-checks every package', () => {
    expect(checkProjects(repository)).toEqual([]);
  });
});

describe('shape', () => {
  test('a complete channel passes', () => {
    expect(checkShape(treeOf(good))).toEqual([]);
  });

  test('an empty package lacks everything', () => {
    expect(checkShape(treeOf({ 'packages/channels-x/package.json': {} }))).toEqual([
      'packages/channels-x: says what may be imported: "exports"',
      'packages/channels-x: runs describeChannel of @portcullis/testkit in its tests',
      'packages/channels-x: exports create*Channel',
      'packages/channels-x: is called @portcullis/channels-x',
      'packages/channels-x: has the license MIT',
      'packages/channels-x: is ESM: "type": "module"',
      'packages/channels-x: has a description',
      'packages/channels-x: publishes dist: "files"',
      'packages/channels-x: says its Node: "engines"',
      'packages/channels-x: has a README "# @portcullis/channels-x"',
      'packages/channels-x: pins its surface in test/surface.test.ts',
      'packages/channels-x: has a CHANGELOG.md or a changeset that names it',
    ]);
  });

  test.each([
    { '.': './dist/index.js' },
    {
      '.': {
        default: './dist/index.js',
        types: './dist/index.d.ts',
        '@portcullis/source': './src/index.ts',
      },
    },
    { '.': { '@portcullis/source': './src/index.ts', types: './dist/index.d.ts' } },
    {
      '.': {
        '@portcullis/source': './src/index.ts',
        types: './dist/main.d.ts',
        default: './dist/index.js',
      },
    },
  ])('an exports map in another form: %j', (exports) => {
    const tree = treeOf({
      ...good,
      'packages/channels-x/package.json': { ...manifest, exports },
      'packages/channels-x/src/index.ts': 'export function createXChannel(): void {}',
    });
    expect(checkShape(tree)).toContain(
      'packages/channels-x: exports["."] names @portcullis/source, types and default',
    );
  });

  test('naming a contract suite in a comment is not running it', () => {
    const tree = treeOf({
      ...good,
      'packages/channels-x/test/contract.test.ts': '// describeChannel(bench)',
    });
    expect(checkShape(tree)).toEqual([
      'packages/channels-x: runs describeChannel of @portcullis/testkit in its tests',
    ]);
  });
});

describe('changesets', () => {
  test('a sentence for a known package passes', () => {
    expect(changeset('---\n"@portcullis/channels-x": minor\n---\n\nSpeak with X\n')).toEqual([]);
  });

  test('anything else is reported', () => {
    expect(changeset('---\n"@portcullis/y": big\n---\n\nfix: X\n\n## Heading\n')).toEqual([
      '.changeset/calm-owls.md: there is no package @portcullis/y',
      '.changeset/calm-owls.md: a bump is patch, minor or major',
      '.changeset/calm-owls.md: open with an imperative sentence',
      '.changeset/calm-owls.md: headings are h4 at most',
    ]);
    expect(changeset('Speak with X\n')).toContain(
      '.changeset/calm-owls.md: name a package and its bump',
    );
  });
});

test('a package nobody tests or checks', () => {
  const tree = treeOf({ ...good, 'vitest.config.ts': '', 'tsconfig.json': '{}' });
  expect(checkProjects(tree)).toEqual([
    'packages/channels-x: vitest.config.ts does not run its tests',
    'packages/channels-x: tsconfig.json does not check it',
  ]);
});

test('a file in another case, or named for its kind', () => {
  const tree = treeOf({
    'packages/x/src/parse-update.ts': '',
    'packages/x/tsup.config.ts': '',
    'packages/x/test/parse-update.test.ts': '',
    'packages/x/src/parseUpdate.ts': '',
    'packages/x/src/string-utils.ts': '',
    'packages/x/src/types2.ts': '',
  });
  expect(checkNames(tree)).toEqual([
    'packages/x/src/parseUpdate.ts: name files in kebab case',
    'packages/x/src/string-utils.ts: name the concept; "string-utils" says only what kind of file it is',
    'packages/x/src/types2.ts: name the concept; "types2" says only what kind of file it is',
  ]);
});
