import { createRegistry } from '@portcullis/core';
import { expect, test } from 'vitest';

import plugin, * as root from '../src/index.ts';

// Pins: a red test here means the public surface moved. Update it on purpose, with a changeset.
test('the root exports exactly these values', () => {
  expect(Object.keys(root).toSorted()).toEqual([
    'applyPatchTool',
    'default',
    'editTool',
    'lsTool',
    'readTool',
    'searchTool',
    'writeTool',
  ]);
});

test('the plugin registers the six file tools, each with files alone', () => {
  const registry = createRegistry();
  plugin.register(registry);
  expect(plugin.id).toBe('tools-files');
  expect([...registry.tools].map(([name, { effects }]) => [name, effects])).toEqual([
    ['read', ['files']],
    ['ls', ['files']],
    ['write', ['files']],
    ['edit', ['files']],
    ['apply_patch', ['files']],
    ['search', ['files']],
  ]);
});

test('models are offered strict schemas', () => {
  expect(root.writeTool.inputSchema).toMatchObject({
    type: 'object',
    properties: { path: { type: 'string', minLength: 1 }, content: { type: 'string' } },
    required: ['path', 'content'],
    additionalProperties: false,
  });
  expect(root.lsTool.inputSchema).not.toHaveProperty('required');
});
