/**
 * The benchmarks are all there: a rate over half of them would look just as good.
 *
 * @module
 */
import { expect, test } from 'vitest';

import {
  asbAttacks,
  asbTools,
  dojoAttacks,
  dojoPairs,
  dojoTasks,
  dojoTools,
  injecCases,
} from './benchmarks.ts';

test('every row of every benchmark is replayed', () => {
  expect({
    attacks: dojoAttacks.length,
    tasks: dojoTasks.length,
    pairs: dojoPairs.length,
    tools: dojoTools.length,
    injecAgent: injecCases.length,
    asb: asbAttacks.length,
    asbTools: asbTools.length,
  }).toEqual({
    attacks: 33,
    tasks: 97,
    pairs: 909,
    tools: 74,
    injecAgent: 1054,
    asb: 400,
    asbTools: 20,
  });
});

test('no row is there twice', () => {
  for (const rows of [dojoAttacks, dojoTasks, injecCases, asbAttacks]) {
    expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
  }
});

test('every call of AgentDojo names a tool of its suite', () => {
  const known = new Set(dojoTools.map(({ suite, name }) => `${suite}/${name}`));
  const called = [
    ...dojoTasks.flatMap(({ domain, calls }) => calls.map(({ tool }) => `${domain}/${tool}`)),
    ...dojoAttacks.flatMap(({ domain, attacker_calls: calls }) =>
      calls.map(({ tool }) => `${domain}/${tool}`),
    ),
  ];
  expect(called.filter((tool) => !known.has(tool))).toEqual([]);
});
