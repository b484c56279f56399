import { expect, test } from 'vitest';

import { validateConfig } from '../../src/config/index.ts';

const TOKEN = 'hook-token-of-32-characters-0001';
const ON = { enabled: true, token: TOKEN };

/** The paths of what is wrong with `hooks`. */
function faults(hooks: object, rest: object = {}): readonly string[] {
  return validateConfig({ ...rest, hooks } as never).issues.map(({ path }) => path);
}

test('webhooks that somebody can call safely are accepted', () => {
  expect(faults({})).toEqual([]);
  expect(faults({ enabled: false })).toEqual([]);
  expect(faults(ON)).toEqual([]);
  expect(faults({ enabled: true, tokenFile: '~/hook.token' })).toEqual([]);
  expect(faults({ enabled: true, token: { source: 'env', provider: 'default', id: 'T' } })).toEqual(
    [],
  );
  const mappings = [
    {
      match: { path: 'github' },
      action: 'agent',
      name: 'GitHub',
      instructions: 'Say what changed.',
      messageTemplate: '{{action}}',
      sessionKey: 'hook:github:{{repository.owner}}/{{ repository.name }}',
      idempotencyKey: '{{id}}',
      ignoreIf: ['sender.bot'],
      tools: ['web_fetch'],
      deliver: true,
      channel: 'telegram',
      to: '42',
      signature: { preset: 'github', secret: 'x' },
    },
    {
      match: { path: '/alerts/grafana/' },
      signature: {
        header: 'X-Sign',
        secretFile: '~/s',
        algorithm: 'sha512',
        format: 'base64',
        timestampHeader: 'X-Time',
      },
    },
  ];
  expect(faults({ ...ON, path: '/in/hooks', mappings })).toEqual([]);
});

test.each<[string, object, string]>([
  ['no token', { enabled: true }, 'hooks.token'],
  ['a blank token', { enabled: true, token: ' ' }, 'hooks.token'],
  ['P27.02: a directory of modules', { ...ON, transformsDir: '../x' }, 'hooks.transformsDir'],
  [
    'P27.02: a module',
    { ...ON, mappings: [{ match: { path: 'a' }, transform: { module: '/var/tmp/x.js' } }] },
    'hooks.mappings[0].transform',
  ],
  ...['', 'main', 'agent:main:', 'hook:{{from', 'hook:{{}}', 'hook:a {{from}}'].map(
    (sessionKey): [string, object, string] => [
      `P24.02: ${sessionKey} as a session that its sender chooses`,
      { ...ON, mappings: [{ match: { path: 'a' }, sessionKey: `${sessionKey}{{x}}` }] },
      'hooks.mappings[0].sessionKey',
    ],
  ),
  [
    'a name that is the same for all calls',
    { ...ON, mappings: [{ match: { path: 'a' }, idempotencyKey: 'always' }] },
    'hooks.mappings[0].idempotencyKey',
  ],
  [
    'P11.05: two mappings with one path',
    { ...ON, mappings: [{ match: { path: 'a' } }, { match: { path: '/a/' } }] },
    'hooks.mappings[1].match.path',
  ],
  [
    'a mapping over a hook of the gateway',
    { ...ON, mappings: [{ match: { path: 'agent' } }] },
    'hooks.mappings[0].match.path',
  ],
  ['a mapping without a path', { ...ON, mappings: [{}] }, 'hooks.mappings[0].match.path'],
  [
    'a path that leads elsewhere',
    { ...ON, mappings: [{ match: { path: '../agent' } }] },
    'hooks.mappings[0].match.path',
  ],
  ['a base path of something else', { ...ON, path: '/channels' }, 'hooks.path'],
  ['a base path below something else', { ...ON, path: '/v1/hooks' }, 'hooks.path'],
  ['a base path with dots', { ...ON, path: '/a/../channels' }, 'hooks.path'],
  [
    'sessions for the caller to choose, all of them',
    { ...ON, allowRequestSessionKey: true },
    'hooks.allowedSessionKeyPrefixes',
  ],
  [
    'a receiver without a channel',
    { ...ON, mappings: [{ match: { path: 'a' }, to: '42' }] },
    'hooks.mappings[0].to',
  ],
  [
    'a signature without a secret',
    { ...ON, mappings: [{ match: { path: 'a' }, signature: { preset: 'github' } }] },
    'hooks.mappings[0].signature.secret',
  ],
  [
    'a signature in no header',
    { ...ON, mappings: [{ match: { path: 'a' }, signature: { secret: 'x' } }] },
    'hooks.mappings[0].signature.header',
  ],
  [
    'a preset and a header',
    {
      ...ON,
      mappings: [
        { match: { path: 'a' }, signature: { preset: 'slack', header: 'X', secret: 'x' } },
      ],
    },
    'hooks.mappings[0].signature.header',
  ],
  [
    'a sender that nobody knows',
    { ...ON, mappings: [{ match: { path: 'a' }, signature: { preset: 'gitlab', secret: 'x' } }] },
    'hooks.mappings[0].signature.preset',
  ],
])('%s is refused', (_, hooks, path) => {
  expect(faults(hooks)).toEqual([path]);
});

test('the secret of the gateway is no token of webhooks', () => {
  expect(faults(ON, { gateway: { auth: { token: TOKEN } } })).toEqual(['hooks.token']);
});

test.each([
  ['short', ['hooks.token']],
  [TOKEN, []],
])('the token %s has the warnings %j', (token, expected) => {
  const { warnings } = validateConfig({ hooks: { enabled: true, token } });
  expect(warnings.map(({ path }) => path)).toEqual(expected);
});
