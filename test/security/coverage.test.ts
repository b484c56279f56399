/**
 * Every requirement is the name of a test, or is excused by a part that is not here.
 *
 * @module
 */
import { describe, expect, test } from 'vitest';

import { ROOT, readTree, treeOf } from '../repo/tree.ts';
import { ABSENT_PARTS, tracesOf } from './catalogue/absent-parts.ts';
import { citationsOf } from './catalogue/citations.ts';
import { checkCoverage } from './catalogue/coverage.ts';
import { NOT_APPLICABLE } from './catalogue/not-applicable.ts';
import { THREATS } from './catalogue/threats.ts';

const repository = readTree(ROOT);
const citations = citationsOf(repository);

describe('this repository', () => {
  test('proves or excuses every requirement', () => {
    const evidence = { threats: THREATS, citations, notApplicable: NOT_APPLICABLE };
    expect(checkCoverage(evidence)).toEqual([]);
  });

  test.each(Object.entries(ABSENT_PARTS))('has no trace of %s', (_name, part) => {
    // When this is red, the part has come: remove what it excuses and write the tests.
    expect(tracesOf(part, repository)).toEqual([]);
  });

  test('names no absent part that excuses nothing', () => {
    const used = new Set(NOT_APPLICABLE.map(({ absent }) => absent));
    expect(Object.keys(ABSENT_PARTS).filter((name) => !used.has(name))).toEqual([]);
  });

  test('has a requirement for each id and each class once told', () => {
    expect(THREATS.length).toBe(149);
    expect(new Set(THREATS.map((threat) => threat.class)).size).toBe(35);
    expect(THREATS.map(({ id }) => id)).toEqual(THREATS.map(({ id }) => id).toSorted());
  });
});

const cited = (id: string) => ({ id, path: 'test/a.test.ts' });

describe('coverage', () => {
  const threats = [
    { id: 'P99.01', class: 'c', must: 'a holds' },
    { id: 'P99.02', class: 'c', must: 'b holds' },
  ];
  const absent = 'a decoder of images';
  const reason = 'There is nothing here that could do it.';
  const excused = (id: string, why = reason) => ({ id, later: false, absent, reason: why });

  test('is whole when each is tested or excused', () => {
    const notApplicable = [excused('P99.02')];
    expect(
      checkCoverage({ threats, citations: [cited('P99.01'), cited('P99.01')], notApplicable }),
    ).toEqual([]);
  });

  test('misses what is neither, both, unknown, twice or without a reason', () => {
    expect(checkCoverage({ threats, citations: [cited('P99.01')], notApplicable: [] })).toEqual([
      'P99.02 is neither the name of a test nor excused: b holds',
    ]);
    const both = [excused('P99.01'), excused('P99.02')];
    expect(checkCoverage({ threats, citations: [cited('P99.01')], notApplicable: both })).toEqual([
      'P99.01 is excused, and tested in test/a.test.ts: choose one',
    ]);
    const unknown = [excused('P99.02'), excused('P98.01')];
    expect(
      checkCoverage({
        threats,
        citations: [cited('P99.01'), cited('P98.02')],
        notApplicable: unknown,
      }),
    ).toEqual([
      'test/a.test.ts: names P98.02, which is no requirement',
      'P98.01 is excused, but is no requirement',
    ]);
    const unchecked = [{ ...excused('P99.02'), absent: 'a dragon' }];
    expect(
      checkCoverage({ threats, citations: [cited('P99.01')], notApplicable: unchecked }),
    ).toEqual(['P99.02: nobody checks that a dragon is absent']);
    const twice = [excused('P99.01'), excused('P99.01'), excused('P99.02', 'not here')];
    expect(checkCoverage({ threats, citations: [], notApplicable: twice })).toEqual([
      'P99.02 has no reason',
      'P99.01 is excused twice',
    ]);
  });
});

const idsIn = (text: string): readonly string[] =>
  citationsOf(treeOf({ 'packages/x/test/a.test.ts': text })).map(({ id }) => id);

describe('a citation', () => {
  test.each([
    ["test('P99.01: holds', () => {})"],
    ['it(`P99.01 ${x} holds`, async () => {})'],
    ["describe('P99.01 a door', () => { test('holds', f) })"],
    ["test.each(rows)('holds for %s (P99.01)', f)"],
    ["describe.skipIf(!linux)('P99.01', () => { test('holds', f) })"],
    ["for (const row of rows) { test('P99.01 ' , f) }"],
  ])('is the name of a test: %s', (text) => {
    expect(idsIn(text)).toEqual(['P99.01']);
  });

  test.each([
    ["// P99.01\ntest('holds', () => {})"],
    ["test('holds', () => { expect('P99.01').toBe(1) })"],
    ["test.skip('P99.01: holds', () => {})"],
    ["test.todo('P99.01: holds')"],
    ["test('P99.01: has no body')"],
    ["test.fails('P99.01: holds', () => {})"],
    ["describe.skip('a', () => { test('P99.01: holds', f) })"],
    ["describe.skip.each(rows)('%s', () => { test('P99.01: holds', f) })"],
    ["test.each(['P99.01: a row'], f)('holds', f)"],
    ["run('P99.01: holds', () => {})"],
  ])('is nothing else: %s', (text) => {
    expect(idsIn(text)).toEqual([]);
  });

  test('is in a file that is run', () => {
    const text = "test('P99.01: holds', () => {})";
    const tree = treeOf({ 'packages/x/src/a.test.ts': text, 'test/a.ts': text, 'test/b.md': text });
    expect(citationsOf(tree)).toEqual([]);
  });
});

describe('a trace', () => {
  const part = {
    packages: ['tools-robot'],
    dependencies: /^robot/,
    source: /robotPort/,
  };

  test('is a package, a dependency or a word of the source', () => {
    const tree = treeOf({
      'packages/tools-robot/package.json': { name: '@portcullis/tools-robot' },
      'packages/cli/package.json': {
        dependencies: { robots: '1' },
        devDependencies: { robot: '1' },
      },
      'packages/cli/src/a.ts': 'const robotPort = 1;',
      'packages/cli/test/a.test.ts': 'const robotPort = 1;',
    });
    const traces = ['packages/cli: robots', 'packages/tools-robot', 'packages/cli/src/a.ts'];
    expect(tracesOf(part, tree)).toEqual(traces);
    const except = ['packages/cli/src/a.ts'];
    expect(tracesOf({ ...part, except }, tree)).toEqual(traces.slice(0, 2));
  });
});
