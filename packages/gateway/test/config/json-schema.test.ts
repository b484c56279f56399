import { readFileSync } from 'node:fs';

import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';

import { validateConfig } from '../../src/config/index.ts';
import { configJsonSchema } from '../../src/config/schema/json-schema.ts';

const baseline = JSON.parse(
  readFileSync(new URL('baseline.json', import.meta.url), 'utf8'),
) as Record<string, unknown>;

const check = new Ajv2020({ strict: false, allErrors: true }).compile(configJsonSchema());

const GOOD: readonly (readonly [string, Record<string, unknown>])[] = [
  ['nothing', {}],
  ['the baseline', baseline],
  [
    'a secret by reference',
    { gateway: { auth: { token: { source: 'env', provider: 'default', id: 'T' } } } },
  ],
  [
    'a model with fallbacks',
    { agents: { defaults: { model: { primary: 'a/b', fallbacks: ['c/d'] } } } },
  ],
  ['a model', { agents: { defaults: { model: 'a/b' } } }],
  [
    'bindings',
    {
      bindings: [
        { agentId: 'main', match: { channel: 'slack', peer: { kind: 'direct', id: '*' } } },
      ],
    },
  ],
  [
    'a room',
    { channels: { telegram: { groups: { '-1': { requireMention: false, topics: { 7: {} } } } } } },
  ],
  ['ids as numbers', { channels: { telegram: { allowFrom: [42, '43'] } } }],
  [
    'patterns as an object',
    { channels: { slack: { mentionPatterns: { mode: 'deny', denyIn: ['C1'] } } } },
  ],
  ['keys of OpenClaw', { tts: { enabled: true }, tools: { codeMode: { deep: [1] } } }],
  [
    'a server of tools',
    { mcp: { servers: { x: { command: 'node', args: [], env: { A: 'b' } } } } },
  ],
  ['an included section', { gateway: { $include: './gateway.json5', port: 1 } }],
  ['a duration', { cron: { sessionRetention: '2h' } }],
];

const BAD: readonly (readonly [string, Record<string, unknown>])[] = [
  ['an unknown key', { gatewy: {} }],
  ['an unknown key further down', { gateway: { auth: { tokn: 'x' } } }],
  ['a word out of the set', { gateway: { bind: 'everywhere' } }],
  ['a number out of range', { gateway: { port: 0 } }],
  ['text for a list', { channels: { telegram: { allowFrom: '42' } } }],
  ['text for an object', { tools: 'all' }],
];

describe('the JSON schema', () => {
  test.each(GOOD)('takes %s', (_what, config) => {
    check(config);
    expect(check.errors ?? []).toEqual([]);
  });

  test.each(BAD)('refuses %s, as the validator does', (_what, config) => {
    expect(check(config)).toBe(false);
    expect(validateConfig(config as never).issues).not.toEqual([]);
  });
});
