/**
 * The threat model tells what the catalogue holds.
 *
 * @module
 */
import { describe, expect, test } from 'vitest';

import { ROOT, existsInRepository, readTree, textOf } from '../repo/tree.ts';
import { citationsOf } from './catalogue/citations.ts';
import { CLASSES } from './catalogue/classes.ts';
import { NOT_APPLICABLE } from './catalogue/not-applicable.ts';
import { overviewOf } from './catalogue/overview.ts';
import { THREATS } from './catalogue/threats.ts';

const repository = readTree(ROOT);
const tested = new Set(citationsOf(repository).map(({ id }) => id));

describe('docs/threat-model.md', () => {
  const text = textOf(repository, 'docs/threat-model.md');

  test('has the table of the catalogue', () => {
    const table = overviewOf({
      classes: CLASSES,
      threats: THREATS,
      notApplicable: NOT_APPLICABLE,
      tested,
    });
    // When this is red, write the table into the document.
    expect(text.match(/^\| They try to .*(?:\n\|.*)*/m)?.[0]).toBe(table);
  });

  test('tells how many requirements there are', () => {
    const excused = NOT_APPLICABLE.length;
    const later = NOT_APPLICABLE.filter((each) => each.later).length;
    expect(text).toContain(
      `${String(THREATS.length)} requirements: ${String(THREATS.length - excused)} are the names of tests, ` +
        `${String(later)} come with parts that are planned, ${String(excused - later)} are about parts there will not be`,
    );
  });
});

describe('the families', () => {
  test('are those of the requirements, in their order', () => {
    expect(CLASSES.map(({ id }) => id)).toEqual([...new Set(THREATS.map((each) => each.class))]);
  });

  test('are kept where they say', () => {
    const paths = CLASSES.flatMap(({ where }) => where);
    expect(paths.filter((path) => !existsInRepository(path))).toEqual([]);
  });

  test('are kept somewhere, unless all of it is excused', () => {
    const excused = new Set(NOT_APPLICABLE.map(({ id }) => id));
    const nowhere = CLASSES.filter(({ where }) => where.length === 0).map(({ id }) => id);
    const held = THREATS.filter(({ id }) => !excused.has(id));
    const covered = new Set(held.map((threat) => threat.class));
    expect(nowhere.filter((id) => covered.has(id))).toEqual([]);
  });
});

const threat = (id: string) => ({ id, class: 'c', must: 'holds' });
const excuse = (id: string, later: boolean) => ({ id, later, absent: 'x', reason: 'r' });

describe('the table', () => {
  test('counts what is tested, what comes later and what cannot be', () => {
    const classes = [
      { id: 'c', attack: 'get in', rule: 'Nobody.', where: ['packages/a/src/b', 'packages/c/src'] },
    ];
    const table = overviewOf({
      classes,
      threats: ['P99.01', 'P99.02', 'P99.03', 'P99.04'].map(threat),
      notApplicable: [excuse('P99.02', true), excuse('P99.03', false)],
      tested: new Set(['P99.01', 'P99.04']),
    });
    expect(table.split('\n').map((line) => line.replaceAll(/ +/g, ' '))).toEqual([
      '| They try to | What holds | Kept in | Requirements |',
      expect.stringMatching(/^\| -+ \| -+ \| -+ \| -+ \|$/),
      '| get in | Nobody. | `a/b`, `c` | 2 tested, 1 later, 1 not applicable |',
    ]);
  });
});
