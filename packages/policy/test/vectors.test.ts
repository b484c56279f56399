// The decision vectors: examples of every rule, as data. One test per vector.
import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { decide, ops } from '../src/ops.ts';

interface Vector {
  readonly name: string;
  readonly op: string;
  readonly config: unknown;
  readonly input: unknown;
  readonly expect: Readonly<Record<string, unknown>>;
}

const folder = new URL('vectors/', import.meta.url);

/** Only what the vector speaks of is compared; `obligations: []` means none at all. */
function compare(expected: Vector['expect'], actual: Readonly<Record<string, unknown>>): void {
  for (const [key, value] of Object.entries(expected)) {
    if (key === 'obligations') {
      const obligations = (actual[key] as readonly string[] | undefined) ?? [];
      expect(obligations.filter((each) => each !== 'audit')).toEqual(value);
    } else if (key === 'constraints' || key === 'warnings') {
      expect(actual[key] ?? (Array.isArray(value) ? [] : {})).toEqual(value);
    } else if (key === 'state') {
      expect(actual[key]).toMatchObject(value as object);
    } else {
      expect(actual[key]).toEqual(value);
    }
  }
}

function deepFreeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  for (const entry of Object.values(value)) deepFreeze(entry);
}

describe.each(readdirSync(folder).filter((name) => name.endsWith('.json')))('%s', (file) => {
  const vectors = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as readonly Vector[];
  const known = vectors.filter(({ op }) => Object.hasOwn(ops, op));
  test.each(known)('$op: $name', ({ op, config, input, expect: expected }) => {
    deepFreeze(config);
    deepFreeze(input);
    const decision = decide(op, config, input);
    compare(expected, { ...decision });
    expect(decision.reason).not.toBe('');
    expect(decide(op, config, input)).toEqual(decision);
  });
});
