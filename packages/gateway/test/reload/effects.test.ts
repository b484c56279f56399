import { expect, test } from 'vitest';

import { type KeyNode, schemaTree } from '../../src/config/schema/key-tree.ts';
import { EFFECTS, effectOf, tabledEffect } from '../../src/reload/effects.ts';

/** Every path of the schema at which something has an effect, `*` and `[]` as written. */
function activePaths(node: KeyNode, path: readonly string[] = []): readonly string[][] {
  if (!node.active) return [];
  const below = [
    ...[...node.children].map(([name, child]) => [name, child] as const),
    ...(node.free === undefined ? [] : [['*', node.free] as const]),
    ...(node.element === undefined ? [] : [['[]', node.element] as const]),
  ];
  const own = node.spec !== undefined && node.spec.status !== 'known' ? [[...path]] : [];
  return [...own, ...below.flatMap(([name, child]) => activePaths(child, [...path, name]))];
}

const paths = activePaths(schemaTree());

test('every key that has an effect says when a change of it counts', () => {
  expect(paths.length).toBeGreaterThan(400);
  const without = paths.filter((path) => tabledEffect(path) === undefined);
  expect(without.map((path) => path.join('.'))).toEqual([]);
});

test('no row of the table is about a key that there is not', () => {
  const all = paths.map((path) => `${path.join('.')}.`);
  const rows = Object.keys(EFFECTS).filter(
    (row) => !all.some((path) => path.startsWith(`${row}.`)),
  );
  expect(rows).toEqual([]);
});

test('a list counts as its elements do, because it is compared as one value', () => {
  const apart = paths.filter((path) => {
    const list = path.indexOf('[]');
    return list > 0 && tabledEffect(path) !== tabledEffect(path.slice(0, list));
  });
  expect(apart).toEqual([]);
});

test.each([
  ['gateway.port', 'restart'],
  ['gateway.bind', 'restart'],
  ['gateway.tls.enabled', 'restart'],
  ['store.url', 'restart'],
  ['gateway.auth.token', 'room'],
  ['channels.telegram.allowFrom', 'room'],
  ['agents.entries.work.model.primary', 'room'],
  ['agents.entries.work.tools.deny', 'now'],
  ['tools.exec.security', 'now'],
  ['wizard.lastRunAt', 'now'],
] as const)('a change of %s counts: %s', (path, effect) => {
  expect(effectOf(path)).toBe(effect);
});

test('a key that is in no row waits for a restart', () => {
  expect(effectOf('nobody.knows.this')).toBe('restart');
});
