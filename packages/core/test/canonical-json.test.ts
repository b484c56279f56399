import { expect, test } from 'vitest';

import { type Json, canonicalJson } from '../src/index.ts';

test.each<[Json, string]>([
  [null, 'null'],
  [-0, '0'],
  [1e21, '1e+21'],
  ['é"\n\ud800', '"é\\"\\n\\ud800"'],
  [[1, [], {}], '[1,[],{}]'],
  [{ b: 1, a: { d: true, c: 'x' } }, '{"a":{"c":"x","d":true},"b":1}'],
  [{ '10': 1, '9': 2, é: 3, Z: 4 }, '{"10":1,"9":2,"Z":4,"é":3}'],
  [{ gone: undefined, kept: null }, '{"kept":null}'],
])('%j is spelled in one way', (value, text) => {
  expect(canonicalJson(value)).toBe(text);
  expect(canonicalJson(JSON.parse(text))).toBe(text);
});

test.each([Number.NaN, Number.POSITIVE_INFINITY, [{ n: Number.NaN }]])(
  '%j has no spelling',
  (value) => {
    expect(() => canonicalJson(value)).toThrow(expect.objectContaining({ code: 'json.value' }));
  },
);
