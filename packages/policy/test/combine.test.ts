// Several decisions about one action: the most severe wins.
import type { Decision, Effect } from '@portcullis/core';
import { expect, test } from 'vitest';
import { combine, opennessOf } from '../src/index.ts';

const EFFECTS: readonly Effect[] = ['allow', 'deny', 'ask', 'pair', 'ignore'];
const decision = (effect: Effect, code: string, extras: Partial<Decision> = {}): Decision => ({
  effect,
  code,
  path: '<test>',
  reason: 'A test.',
  ...extras,
});

test('no combination lets through more than its most severe part, in any order', () => {
  for (const a of EFFECTS) {
    for (const b of EFFECTS) {
      for (const c of EFFECTS) {
        const parts = [decision(a, 'a'), decision(b, 'b'), decision(c, 'c')];
        const least = Math.min(...parts.map(opennessOf));
        expect(opennessOf(combine(parts))).toBe(least);
        const first = parts.find((each) => opennessOf(each) === least);
        expect(combine(parts).code).toBe(first?.code);
      }
    }
  }
});

test('narrowings and duties add up; of two narrowings of one thing the first holds', () => {
  const combined = combine([
    decision('allow', 'a', { constraints: { browser: 'readonly' }, obligations: ['audit'] }),
    decision('allow', 'b', { constraints: { browser: 'full', urls: 'defanged' }, warnings: ['w'] }),
    decision('ask', 'c', { obligations: ['audit', 'store_context'] }),
  ]);
  expect(combined).toEqual({
    effect: 'ask',
    code: 'c',
    path: '<test>',
    reason: 'A test.',
    constraints: { browser: 'readonly', urls: 'defanged' },
    obligations: ['audit', 'store_context'],
    warnings: ['w'],
  });
});

test('two questions become one that names both', () => {
  const combined = combine([
    decision('ask', 'a', { value: 1 }),
    decision('ask', 'b', { value: 2 }),
  ]);
  expect(combined.code).toBe('a');
  expect(combined.value).toEqual({ codes: ['a', 'b'], values: [1, 2] });
});

test.each([
  [[]],
  [[decision('allow', 'a'), { effect: 'Allow', code: 'b' }]],
  [[decision('allow', 'a'), null]],
])('what is no decision is a refusal: %j', (parts) => {
  expect(combine(parts as readonly Decision[]).code).toBe('config.invalid');
});
