import { expect, test } from 'vitest';

import { compileToolPolicy, servedTool, serverPrefix } from '../src/tools/index.ts';

const CONFIG = {
  mcp: { servers: { Notes: { command: 'x' }, 'a.b': {}, '7up': {}, off: { enabled: false } } },
  tools: { profile: 'coding', alsoAllow: ['mcp:notes'] },
};

test.each([
  ['Notes', 'notes'],
  ['a.b', 'a-b'],
  ['7up', 's7up'],
  ['x'.repeat(64), 'x'.repeat(30)],
])('the tools of the server %j begin with %j', (id, prefix) => {
  expect(serverPrefix(id)).toBe(prefix);
});

test.each([
  ['notes__find', 'mcp:notes'],
  ['a-b__x', 'mcp:a.b'],
  ['s7up__x', 'mcp:7up'],
  ['off__x', undefined],
  ['notes_find', undefined],
  ['other__find', undefined],
  ['exec', undefined],
])('%j is a tool of %j', (name, pluginId) => {
  const expected = pluginId === undefined ? undefined : { name, pluginId, mcp: true };
  expect(servedTool(CONFIG, name)).toEqual(expected);
});

test('a config without servers, or of another shape, has none', () => {
  for (const mcp of [undefined, null, 7, { servers: [] }, { servers: { notes: null } }]) {
    expect(servedTool({ mcp }, 'notes__x')).toBeUndefined();
  }
  expect(servedTool({}, 'notes__x')).toBeUndefined();
});

test('policy judges it by the name of its server', () => {
  const policy = compileToolPolicy(CONFIG);
  const ask = (name: string): string => {
    const registered = [servedTool(CONFIG, name)].filter((each) => each !== undefined);
    const input = { agentId: 'main', tool: name, requesterIsOwner: true, registered };
    return policy.tool(input).effect;
  };
  expect([ask('notes__find'), ask('a-b__x')]).toEqual(['allow', 'deny']);
});
