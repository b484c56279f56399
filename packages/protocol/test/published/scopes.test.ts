/**
 * Every method asks for the scope that OpenClaw's method of the name asks for, or a reason is
 * written down. `method-scopes.json` is what the package `@openclaw/gateway-protocol` (MIT) says.
 */
import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { type MethodSpec, METHODS } from '../../src/index.ts';
import { DIFFERENT, OURS } from './differences.ts';

const PUBLISHED = JSON.parse(
  readFileSync(new URL('method-scopes.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, string>>;

const SCOPES: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(METHODS).map(([name, { scope, role }]: [string, MethodSpec]) => [
    name,
    role ?? scope,
  ]),
);

const chosen = (name: string): string | undefined => (DIFFERENT[name] ?? OURS[name])?.scope;

test('every method asks for the published scope, or for one that was chosen with a reason', () => {
  const expected = Object.keys(SCOPES).map((name) => [name, chosen(name) ?? PUBLISHED[name]]);
  expect(Object.entries(SCOPES)).toEqual(expected);
});

test('no reason is left over', () => {
  const different = Object.keys(DIFFERENT).filter(
    (name) => PUBLISHED[name] === undefined || PUBLISHED[name] === SCOPES[name],
  );
  const ours = Object.keys(OURS).filter((name) => name in PUBLISHED || !(name in SCOPES));
  expect({ different, ours }).toEqual({ different: [], ours: [] });
});
