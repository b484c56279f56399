// Tools that are made of core tools: had by whoever has those, and by nobody else.
import { describe, expect, test } from 'vitest';
import { compileToolPolicy } from '../src/tools/index.ts';

const OWN = [{ name: 'search', pluginId: 'search' }];

const codeOf = (tools: object, registered: readonly object[] = OWN, more: object = {}): string =>
  compileToolPolicy({ tools }).tool({
    agentId: 'main',
    tool: 'search',
    registered: registered as typeof OWN,
    ...more,
  }).code;

describe('search is had by whoever has read and ls', () => {
  test.each<[tools: object, code: string]>([
    [{ profile: 'coding' }, 'tool.allowed'],
    [{ profile: 'standard' }, 'tool.allowed'],
    [{ profile: 'full' }, 'tool.allowed'],
    [{ profile: 'messaging' }, 'tool.profile.not_included'],
    [{ profile: 'minimal' }, 'tool.profile.not_included'],
    [{ profile: 'messaging', alsoAllow: ['read', 'ls'] }, 'tool.allowed'],
    [{ profile: 'messaging', alsoAllow: ['group:fs'] }, 'tool.allowed'],
    [{ profile: 'messaging', alsoAllow: ['read'] }, 'tool.profile.not_included'],
    [{ profile: 'messaging', alsoAllow: ['ls'] }, 'tool.profile.not_included'],
    [{ allow: ['read', 'ls'] }, 'tool.allowed'],
    [{ allow: ['read'] }, 'tool.allow.global_miss'],
  ])('%j: %s', (tools, code) => {
    expect(codeOf(tools)).toBe(code);
  });

  test.each([
    { profile: 'messaging', alsoAllow: ['search'] },
    { profile: 'messaging', alsoAllow: ['group:plugins'] },
    { allow: ['search'] },
    { allow: ['search', 'read'] },
    { allow: ['group:plugins', 'ls'] },
  ])('naming it gives it to nobody: %j', (tools) => {
    expect(codeOf(tools)).toMatch(/not_included|miss/u);
  });

  test.each([
    { deny: ['search'] },
    { deny: ['sea*'] },
    { deny: ['group:plugins'] },
    { deny: ['read'] },
    { deny: ['ls'] },
    { deny: ['group:fs'] },
  ])('whoever may not have one of them, or not it, does not: %j', (deny) => {
    expect(codeOf({ profile: 'full', ...deny })).toBe('tool.deny.global');
    expect(codeOf({ profile: 'coding', ...deny })).toBe('tool.deny.global');
  });

  test('in the sandbox as the two are', () => {
    const inside = { sandboxed: true };
    expect(codeOf({ profile: 'coding' }, OWN, inside)).toBe('tool.allowed');
    const without = { profile: 'coding', sandbox: { tools: { deny: ['read'] } } };
    expect(codeOf(without, OWN, inside)).toBe('tool.deny.sandbox');
  });

  test('is listed with them', () => {
    const policy = compileToolPolicy({ tools: { allow: ['read', 'ls'] } });
    const { value } = policy.tools({ agentId: 'main', registered: OWN });
    expect(value).toEqual(['ls', 'read', 'search']);
  });
});

test.each([
  [[], 'tool.unknown'],
  [[{ name: 'search', pluginId: 'webby' }], 'tool.profile.not_included'],
  [[{ name: 'search', pluginId: 'search', mcp: true }], 'tool.profile.not_included'],
  [[{ name: 'search', pluginId: 'webby' }, ...OWN], 'tool.profile.not_included'],
])('another tool of the name is only its own: %j', (registered, code) => {
  expect(codeOf({ profile: 'coding' }, registered)).toBe(code);
});
