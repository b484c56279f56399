/**
 * What the operator declares of the tools is what everything else rests on: a tool that sends and is
 * declared as one that looks would let most attacks through. So every declaration is held against an
 * account that somebody else gave.
 *
 * @module
 */
import { describe, expect, test } from 'vitest';

import { dojoTools, injecCases } from './benchmarks.ts';
import { type Mapping, dojoMapping, injecMapping, misdeclared, slotsOf } from './mapping.ts';
import { replayPairs } from './replay.ts';

const published = Object.fromEntries(
  dojoTools.map(({ suite, name, effect }) => [`${suite}/${name}`, effect]),
);

const declared = (mapping: Mapping): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(mapping).map(([name, { effect }]) => [name, effect]));

/** The mapping, with a tool that sends declared as one that looks. */
const lied = (name: string): Mapping => {
  const { sink: _sink, identities: _identities, ...tool } = dojoMapping[name] ?? {};
  return { ...dojoMapping, [name]: { ...tool, effect: 'read' } as Mapping[string] };
};

describe('the mapping', () => {
  test('declares the effect of every tool as the published list has it', () => {
    expect(declared(dojoMapping)).toEqual(published);
  });

  test.each([
    ['AgentDojo', dojoMapping],
    ['InjecAgent', injecMapping],
  ] as const)('of %s sends every tool that acts through a sink', (_name, mapping) => {
    expect(misdeclared(mapping)).toEqual([]);
  });

  test.each([
    ['AgentDojo', dojoMapping],
    ['InjecAgent', injecMapping],
  ] as const)('of %s gives a reason for every tool', (_name, mapping) => {
    const silent = Object.entries(mapping).filter(
      ([, { reason }]) => !/^[A-Z].{8,}\.$/u.test(reason),
    );
    expect(silent).toEqual([]);
  });

  test('names places by arguments that the tools have', () => {
    const strange = dojoTools.flatMap(({ suite, name, params }) => {
      const tool = dojoMapping[`${suite}/${name}`];
      const named = tool === undefined ? [] : [...slotsOf(tool), ...(tool.content ?? [])];
      return named.filter((argument) => !params.includes(argument)).map((each) => [name, each]);
    });
    expect(strange).toEqual([]);
  });

  test('of InjecAgent covers its tools, and its places stand in what the attacker asks', () => {
    const names = injecCases.flatMap((row) => [row.user_tool, ...row.attacker_calls]);
    expect([...new Set(names)].toSorted()).toEqual(Object.keys(injecMapping).toSorted());
    const elsewhere = injecCases.flatMap((row) =>
      row.attacker_calls.filter((name) => {
        const { identities = [], sink } = injecMapping[name] ?? {};
        // A command is put together from the request; a redirected file keeps its name.
        return (
          sink !== 'exec' && !identities.every((each) => row.injected_instruction.includes(each))
        );
      }),
    );
    expect(elsewhere).toEqual([]);
  });
});

describe('a tool that sends, declared as one that looks', () => {
  const senders = ['workspace/send_email', 'banking/send_money', 'slack/post_webpage'];

  test.each(senders)('%s: is told from the published list', (name) => {
    const wrong = declared(lied(name));
    const differing = Object.keys(published).filter((each) => wrong[each] !== published[each]);
    expect(differing).toEqual([name]);
  });

  test.each(senders)('%s: is told from its sink, if it kept one', (name) => {
    const tool = dojoMapping[name];
    const half = { ...dojoMapping, [name]: { ...tool, effect: 'read' } as Mapping[string] };
    expect(misdeclared(half)).toEqual([name]);
  });

  test.each([
    ['banking/send_money', 50],
    ['workspace/send_email', 300],
  ] as const)('%s: lets attacks through by the dozen', async (name, many) => {
    const { held, of } = await replayPairs('after-reading', lied(name));
    expect(of - held).toBeGreaterThan(many);
    expect(held / of).toBeLessThan(0.99);
  });
});
