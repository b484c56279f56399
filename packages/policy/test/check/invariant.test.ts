// How invariants are written, and what is said about those that are written wrong.
import { describe, expect, test } from 'vitest';
import { readInvariants } from '../../src/check/index.ts';
import { capabilities } from '../../src/explain/index.ts';

const read = (document: unknown) => readInvariants(document, capabilities());

test('a document', () => {
  expect(
    read({
      invariants: [
        { name: 'quiet', never: { who: 'stranger', reach: 'exec' } },
        { only: { room: ['-5', '-6'], channel: 'telegram', reach: ['web_search', 'group:fs'] } },
        { denied: { account: ' Work ', where: 'room' } },
        { grantsAtMost: 'old.json' },
        { sameAs: { config: 'old.json', who: ['owner', 'paired'] } },
        { always: { seen: { from: 'member', private: ['workspace'] }, reach: '*' } },
      ],
    }),
  ).toEqual({
    faults: [],
    invariants: [
      { name: 'quiet', kind: 'never', scope: { who: ['stranger'] }, reach: ['exec'] },
      {
        name: 'only 2',
        kind: 'only',
        scope: { room: ['-5', '-6'], channel: 'telegram' },
        reach: ['web_search', 'group:fs'],
      },
      { name: 'denied 3', kind: 'denied', scope: { account: 'work', where: 'room' } },
      { name: 'grantsAtMost 4', kind: 'grantsAtMost', scope: {}, config: 'old.json' },
      {
        name: 'sameAs 5',
        kind: 'sameAs',
        scope: { who: ['owner', 'paired'] },
        config: 'old.json',
      },
      {
        name: 'always 6',
        kind: 'always',
        scope: { seen: { from: 'member', private: ['workspace'] } },
        reach: ['*'],
      },
    ],
  });
});

describe('faults name their place', () => {
  const WHO = 'owner, paired, allowlisted, member, stranger, operator, cron, webhook, subagent';
  const KINDS = 'never, neverWithoutAsking, always, only, denied, grantsAtMost, sameAs';
  test.each([
    [7, '<root>', 'must be an object.'],
    [{}, 'invariants', 'must be a list of invariants.'],
    [{ invariants: [] }, 'invariants', 'is empty: nothing would be checked.'],
    [{ invariants: [], extra: 1 }, 'extra', 'is not known here. Known are: invariants.'],
    [{ invariants: [{}] }, 'invariants[0]', `needs exactly one of: ${KINDS}.`],
    [
      { invariants: [{ never: { reach: 'exec' }, denied: {} }] },
      'invariants[0]',
      `needs exactly one of: ${KINDS}.`,
    ],
    [{ invariants: [{ never: 'exec' }] }, 'invariants[0].never', 'must be an object.'],
    [
      { invariants: [{ never: { who: 'anybody', reach: 'exec' } }] },
      'invariants[0].never.who',
      `has "anybody"; it knows: ${WHO}.`,
    ],
    [
      { invariants: [{ never: { who: 'owner' } }] },
      'invariants[0].never.reach',
      'must name at least one tool, group or capability.',
    ],
    [
      { invariants: [{ never: { reach: 'exce' } }] },
      'invariants[0].never.reach',
      'names "exce", which nothing is called.',
    ],
    [
      { invariants: [{ denied: { room: 5 } }] },
      'invariants[0].denied.room',
      'must be text, or a list of texts that is not empty.',
    ],
    [
      { invariants: [{ denied: { where: 'outside' } }] },
      'invariants[0].denied.where',
      'must be one of: direct, room.',
    ],
    [
      { invariants: [{ denied: { seen: { from: 'mars' } } }] },
      'invariants[0].denied.seen.from',
      'must be one of: owner, trusted, member, external.',
    ],
    [{ invariants: [{ sameAs: {} }] }, 'invariants[0].sameAs.config', 'must be text.'],
    [{ invariants: [{ name: '', denied: {} }] }, 'invariants[0].name', 'must be text.'],
    [
      { invariants: [{ denied: { reach: 'exec' } }] },
      'invariants[0].denied.reach',
      'is not known here. Known are: who, channel, account, where, room, person, agent, seen.',
    ],
  ])('%j', (document, path, message) => {
    expect(read(document).faults).toContainEqual({ path, message });
  });

  test('every fault is told, not only the first', () => {
    const { faults } = read({ invariants: [{ never: { who: 'x', reach: 'y' } }, 3] });
    expect(faults.map(({ path }) => path)).toEqual([
      'invariants[0].never.who',
      'invariants[0].never.reach',
      'invariants[1]',
    ]);
  });
});
