import { describe, expect, test } from 'vitest';

import { type LoadedConfig, formatPath } from '../../src/config/index.ts';
import { changedPaths, keeping, withPartOf } from '../../src/reload/changes.ts';

const paths = (before: object, after: object): readonly string[] =>
  changedPaths(before as LoadedConfig['value'], after as LoadedConfig['value']).map(formatPath);

describe('what differs', () => {
  test.each([
    ['nothing', { a: { b: [1] } }, { a: { b: [1] } }, []],
    ['a value', { a: { b: 1, c: 2 } }, { a: { b: 2, c: 2 } }, ['a.b']],
    ['a section that begins', {}, { a: { b: 1, c: { d: 2 } } }, ['a.b', 'a.c.d']],
    ['a section that ends', { a: { b: 1, c: { d: 2 } } }, {}, ['a.b', 'a.c.d']],
    ['an empty section that begins', {}, { channels: { telegram: {} } }, ['channels.telegram']],
    ['an empty section that fills', { a: {} }, { a: { b: 1 } }, ['a.b']],
    ['a list, as one value', { a: [{ b: 1 }] }, { a: [{ b: 2 }] }, ['a']],
    ['a text that becomes a section', { a: 'x' }, { a: { source: 'env' } }, ['a']],
    ['a key with a dot', { 'a.b': 1 }, { 'a.b': 2 }, ['["a.b"]']],
    ['the order of keys', { a: 1, b: 2 }, { b: 2, a: 1 }, []],
  ])('is named: %s', (_, before, after, expected) => {
    expect(paths(before, after)).toEqual(expected);
  });
});

describe('a part of another config', () => {
  test.each([
    ['a value', { a: { b: 2, c: 3 } }, { a: { b: 1 } }, ['a', 'b'], { a: { b: 1, c: 3 } }],
    ['a key that was not there', { a: { b: 2, c: 3 } }, {}, ['a', 'b'], { a: { c: 3 } }],
    ['a section that is gone', {}, { a: { b: { c: 1 } } }, ['a', 'b', 'c'], { a: { b: { c: 1 } } }],
    ['a section that never was', { x: 1 }, { y: 2 }, ['a', 'b'], { x: 1 }],
    ['the only key of a new section', { a: { b: 1 } }, {}, ['a', 'b'], {}],
    ['the only key of a section', { a: { b: 1 } }, { a: {} }, ['a', 'b'], { a: {} }],
    ['a whole section', { a: { b: 2 } }, { a: { c: 1 } }, ['a'], { a: { c: 1 } }],
  ])('replaces %s', (_, config, other, path, expected) => {
    expect(
      withPartOf(config as LoadedConfig['value'], other as LoadedConfig['value'], path),
    ).toEqual(expected);
  });

  test('keeps the order of the keys', () => {
    const made = withPartOf({ a: 1, b: 2, c: 3 }, { b: 9 }, ['b']);
    expect(Object.entries(made)).toEqual([
      ['a', 1],
      ['b', 9],
      ['c', 3],
    ]);
  });

  test('brings along which of its variables are not there, so that none counts as a literal', () => {
    const config = {
      source: { a: { b: '${N}' } },
      value: { a: { b: 'new' } },
      unavailable: [{ path: 'a.b', variable: 'N' }],
    };
    const before = {
      source: { a: { b: '${OLD}' } },
      value: { a: { b: '${OLD}' } },
      unavailable: [{ path: 'a.b', variable: 'OLD' }],
    };
    const { source, value, unavailable } = keeping(
      config as unknown as LoadedConfig,
      before as unknown as LoadedConfig,
      [['a']],
    );
    expect(source).toEqual({ a: { b: '${OLD}' } });
    expect(value).toEqual({ a: { b: '${OLD}' } });
    expect(unavailable).toEqual([{ path: 'a.b', variable: 'OLD' }]);
  });
});
