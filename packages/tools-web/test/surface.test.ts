import { createRegistry } from '@portcullis/core';
import { expect, test } from 'vitest';

import * as surface from '../src/index.ts';

// Pins: a red test here means the public surface moved. Update it on purpose, with a changeset.
test('exports exactly these values', () => {
  expect(Object.keys(surface).toSorted()).toEqual(['default', 'webFetch', 'webSearch']);
});

test('the plugin offers exactly these tools, which do nothing but ask the net', () => {
  const registry = createRegistry();
  surface.default.register(registry);
  expect(surface.default.id).toBe('tools-web');
  const tools = [...registry.tools.values()];
  expect(tools.map(({ name, effects }) => [name, effects])).toEqual([
    ['web_fetch', ['net']],
    ['web_search', ['net']],
  ]);
  expect(tools.map(({ inputSchema }) => Object.keys(inputSchema['properties'] ?? {}))).toEqual([
    ['url', 'maxChars', 'extract'],
    ['query', 'count'],
  ]);
  expect(tools.map(({ inputSchema }) => inputSchema['required'])).toEqual([['url'], ['query']]);
});
