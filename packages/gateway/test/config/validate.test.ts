import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type ConfigIssue, type ConfigObject, validateConfig } from '@portcullis/gateway/config';

/** Issues as `path: message`. */
function issues(config: ConfigObject): readonly string[] {
  return validateConfig(config).issues.map((issue) => `${issue.path}: ${issue.message}`);
}

function firstIssue(config: ConfigObject): ConfigIssue | undefined {
  return validateConfig(config).issues[0];
}

const baseline: ConfigObject = JSON.parse(
  readFileSync(new URL('baseline.json', import.meta.url), 'utf8'),
);

describe('keys', () => {
  test('the baseline has neither issue nor warning', () => {
    expect(validateConfig(baseline)).toEqual({ issues: [], warnings: [] });
  });

  test.each([
    [{ gatway: {} }, 'gatway', 'gateway'],
    [{ gateway: { auth: { tokn: 'x' } } }, 'gateway.auth.tokn', 'token'],
    [{ tools: { exec: { secruity: 'deny' } } }, 'tools.exec.secruity', 'security'],
    [{ channels: { telegram: { dmPolcy: 'pairing' } } }, 'channels.telegram.dmPolcy', 'dmPolicy'],
    [{ channels: { telegram: { DMPolicy: 'pairing' } } }, 'channels.telegram.DMPolicy', 'dmPolicy'],
    [
      { channels: { telegram: { groups: { '-1': { requireMentions: true } } } } },
      'channels.telegram.groups.-1.requireMentions',
      'requireMention',
    ],
    [
      { agents: { entries: { main: { tools: { exec: { aks: 'off' } } } } } },
      'agents.entries.main.tools.exec.aks',
      'ask',
    ],
    [{ agents: { list: [{ id: 'a', tool: {} }] } }, 'agents.list[0].tool', 'tools'],
    [{ flow: { mod: 'off' } }, 'flow.mod', 'mode'],
  ])('a misspelt key is an error that names the right one: %j', (config, path, suggestion) => {
    expect(firstIssue(config)).toEqual({
      path,
      message: `unknown key, did you mean "${suggestion}"?`,
      suggestion,
    });
  });

  test('P26.05: a key nobody knows is an error without a guess', () => {
    expect(validateConfig({ tools: { zzzzzz: 1 }, 'x.y': 1 }).issues).toEqual([
      { path: 'tools.zzzzzz', message: 'unknown key' },
      { path: '["x.y"]', message: 'unknown key' },
    ]);
  });

  test.each([
    ['channels.chat.port', { allow: ['chat'] }, []],
    ['channels.chat', { allow: ['chat'], deny: ['chat'] }, ['channels.chat']],
    ['channels.chat', { allow: ['chat'], enabled: false }, ['channels.chat']],
    ['channels.chat', { allow: ['other'] }, ['channels.chat']],
  ])(
    '%s of a plugin of others is looked at where it is allowed: %j',
    (_path, plugins, unchecked) => {
      const found = validateConfig({ plugins, channels: { chat: { port: 7 } } });
      expect(found.issues).toEqual([]);
      expect(found.warnings.map(({ path }) => path)).toEqual(unchecked);
    },
  );

  test('what every channel has is checked for a channel of others, too', () => {
    const channels = { chat: { port: 7, dmPolicy: 'opne', requireMention: 'no' } };
    const found = validateConfig({ plugins: { allow: ['chat'] }, channels });
    expect(found.issues.map(({ path }) => path)).toEqual([
      'channels.chat.dmPolicy',
      'channels.chat.requireMention',
    ]);
  });

  test('only a whole hash says which files of a plugin were agreed to', () => {
    const [whole, part] = [`sha512-${'A'.repeat(86)}==`, 'sha512-'].map((integrity) =>
      validateConfig({ plugins: { entries: { x: { integrity } } } }),
    );
    expect(whole?.issues).toEqual([]);
    expect(part?.issues).toMatchObject([{ path: 'plugins.entries.x.integrity' }]);
  });

  test.each([
    ['logging.audit.retentionDays', { logging: { audit: { retentionDays: 7 } } }],
    ['messages.groupChat.historyLimit', { messages: { groupChat: { historyLimit: 0 } } }],
  ])('nobody relies on %s, which restricts nothing here', (path, config) => {
    const result = validateConfig(config);
    expect(result.issues).toEqual([]);
    expect(result.warnings).toHaveLength(1);
    expect(path.startsWith(result.warnings[0]?.path ?? 'none')).toBe(true);
  });

  test('a key that has no effect here is one warning, and a typo in it still an error', () => {
    const { issues: found, warnings } = validateConfig({
      diagnostics: { cacheTrace: { enabled: true } },
      tts: { enabledd: true },
      tools: { codeMode: { deep: [1] } },
    });
    expect(warnings).toEqual([
      {
        path: 'diagnostics.cacheTrace',
        message: 'known, not yet supported: it has no effect in this version',
      },
      { path: 'tts', message: 'known, not yet supported: it has no effect in this version' },
      {
        path: 'tools.codeMode',
        message: 'known, not yet supported: it has no effect in this version',
      },
    ]);
    expect(found).toEqual([
      {
        path: 'tts.enabledd',
        message: 'unknown key, did you mean "enabled"?',
        suggestion: 'enabled',
      },
    ]);
  });

  test('keys of our own are known', () => {
    const config = {
      flow: { mode: 'warn', audience: { workspace: ['telegram:1'] } },
      budgets: { sender: { tokensPerDay: 1, costPerDay: 0.5 }, global: { messagesPerHour: 3 } },
      store: { kind: 'postgres', url: '${DB}' },
      pairing: { maxPending: 10 },
      browser: { allowNonOwner: false },
    };
    expect(validateConfig(config)).toEqual({ issues: [], warnings: [] });
  });
});

describe('values', () => {
  test.each([
    [
      { gateway: { bind: 'LAN' } },
      'gateway.bind',
      ['loopback', 'lan', 'tailnet', 'custom', 'auto'],
      'lan',
    ],
    [
      { session: { dmScope: 'per-user' } },
      'session.dmScope',
      ['main', 'per-peer', 'per-channel-peer', 'per-account-channel-peer'],
      'per-peer',
    ],
    [
      { tools: { profile: 'Coding' } },
      'tools.profile',
      ['minimal', 'messaging', 'coding', 'standard', 'full'],
      'coding',
    ],
    [
      { tools: { exec: { ask: 'never' } } },
      'tools.exec.ask',
      ['off', 'on-miss', 'always'],
      undefined,
    ],
    [
      { gateway: { auth: { mode: 7 } } },
      'gateway.auth.mode',
      ['token', 'password', 'trusted-proxy', 'none'],
      undefined,
    ],
    [
      { channels: { slack: { accounts: { a: { groupPolicy: 'Open' } } } } },
      'channels.slack.accounts.a.groupPolicy',
      ['allowlist', 'open', 'disabled'],
      'open',
    ],
  ])('%j is refused with the words that are allowed', (config, path, allowedValues, suggestion) => {
    const issue = firstIssue(config);
    expect([issue?.path, issue?.allowedValues, issue?.suggestion]).toEqual([
      path,
      allowedValues,
      suggestion,
    ]);
  });

  test('other spellings that mean the same are accepted', () => {
    expect(
      issues({
        gateway: { bind: '0.0.0.0' },
        agents: { defaults: { sandbox: { mode: 'enabled' } } },
      }),
    ).toEqual([]);
    expect(issues({ tools: { profile: 'standard' } })).toEqual([]);
  });

  test.each([
    [{ gateway: { port: 0 } }, 'gateway.port: must be a whole number, 1 to 65535'],
    [{ gateway: { port: 65_536 } }, 'gateway.port: must be a whole number, 1 to 65535'],
    [{ gateway: { port: '18789' } }, 'gateway.port: must be a whole number, 1 to 65535'],
    [{ gateway: { port: 1.5 } }, 'gateway.port: must be a whole number, 1 to 65535'],
    [{ gateway: { port: Number.NaN } }, 'gateway.port: must be a whole number, 1 to 65535'],
    [
      { gateway: { controlUi: { enabled: 'yes' } } },
      'gateway.controlUi.enabled: must be true or false',
    ],
    [{ gateway: [] }, 'gateway: must be an object'],
    [{ gateway: null }, 'gateway: must be an object'],
    [{ tools: { deny: 'exec' } }, 'tools.deny: must be a list'],
    [{ tools: { deny: ['exec', 7] } }, 'tools.deny[1]: must be text'],
    [
      { gateway: { auth: { token: 123 } } },
      'gateway.auth.token: must be text or a SecretRef { source, provider, id }',
    ],
    [
      { gateway: { auth: { token: { source: 'env' } } } },
      'gateway.auth.token: must be text or a SecretRef { source, provider, id }',
    ],
    [{ gateway: { customBindHost: '1.2.3' } }, 'gateway.customBindHost: must be an IPv4 address'],
    [
      { channels: { telegram: { groups: { allowlist: { '-1': {} } } } } },
      'channels.telegram.groups.allowlist: must be a list',
    ],
    [
      { channels: { telegram: { allowFrom: [1, true] } } },
      'channels.telegram.allowFrom[1]: must be text or a whole number',
    ],
    [{ session: { mainKey: 'a:b' } }, 'session.mainKey: must be 1 to 32 of a-z, 0-9, "_" and "-"'],
    [{ bindings: ['x'] }, 'bindings[0]: must be an object'],
    [{ pairing: { maxPending: 11 } }, 'pairing.maxPending: must be a whole number, 1 to 10'],
    [
      { channels: { discord: { guilds: { 1: { users: [2 ** 60] } } } } },
      'channels.discord.guilds.1.users[0]: is a number too large to be exact: write it in quotes',
    ],
  ])('%j', (config, issue) => {
    expect(issues(config as ConfigObject)).toEqual([issue]);
  });

  test('no message contains the value', () => {
    const { issues: found } = validateConfig({
      gateway: { auth: { token: ['s3cret-s3cret'], mode: 's3cret-s3cret' }, bind: 's3cret-s3cret' },
      logging: { level: 's3cret-s3cret' },
    });
    expect(found).toHaveLength(4);
    expect(JSON.stringify(found)).not.toContain('s3cret');
  });

  test('thousands of faults are cut off', () => {
    const many = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`zz${i}`, 1]));
    expect(validateConfig({ tools: many }).issues).toHaveLength(200);
  });
});
