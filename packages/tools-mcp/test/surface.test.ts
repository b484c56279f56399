import { expect, test } from 'vitest';
import * as root from '../src/index.ts';

// Pins: a red test here means the public surface moved. Update it on purpose, with a changeset.
test('the root exports exactly these values', () => {
  expect(Object.keys(root)).toEqual(['default']);
});
