// The decision vectors: examples of every rule, as data. One test per vector.
import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { decide } from '../src/ops.ts';

interface Vector {
  readonly name: string;
  readonly op: string;
  readonly config: unknown;
  readonly input: unknown;
  readonly expect: Readonly<Record<string, unknown>>;
}

const folder = new URL('vectors/', import.meta.url);

/**
 * Only what the vector speaks of is compared. `obligations: []` means none, listed warnings must be
 * among those given, and objects in `value` may hold more than the vector says.
 */
function compare(expected: Vector['expect'], actual: Readonly<Record<string, unknown>>): void {
  for (const [key, value] of Object.entries(expected)) {
    const found = actual[key];
    if (key === 'obligations') {
      const obligations = (found as readonly string[] | undefined) ?? [];
      expect(obligations.filter((each) => each !== 'audit')).toEqual(value);
    } else if (key === 'warnings') {
      expect(found ?? []).toEqual(expect.arrayContaining(value as unknown[]));
    } else if (key === 'constraints') {
      expect(found ?? {}).toEqual(value);
    } else if (typeof value === 'object' && value !== null) {
      expect(found).toMatchObject(value);
    } else {
      expect(found).toEqual(value);
    }
  }
}

function deepFreeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  for (const entry of Object.values(value)) deepFreeze(entry);
}

const files = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map((name) => ({
    name,
    vectors: JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as readonly Vector[],
  }));

describe.each(files)('$name', ({ vectors }) => {
  test.each(vectors)('$op: $name', ({ op, config, input, expect: expected }) => {
    deepFreeze(config);
    deepFreeze(input);
    const decision = decide(op, config, input);
    compare(expected, { ...decision });
    expect(decision.reason).not.toBe('');
    expect(decide(op, config, input)).toEqual(decision);
  });
});
