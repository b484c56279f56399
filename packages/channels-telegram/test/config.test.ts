import { createRegistry } from '@portcullis/core';
import { describe, expect, test } from 'vitest';
import { telegramAuditChecks, telegramOptions } from '../src/config.ts';
import plugin from '../src/index.ts';

const issuesOf = async (options: object): Promise<readonly string[]> => {
  const result = await telegramOptions['~standard'].validate(options);
  return (result.issues ?? []).map(({ path, message }) => `${path?.join('.')}: ${message}`);
};

describe('options', () => {
  test('defaults', async () => {
    expect(await telegramOptions['~standard'].validate({ dmPolicy: 'pairing' })).toEqual({
      value: { apiRoot: 'https://api.telegram.org', dangerouslyAllowEndpoint: false },
    });
  });

  test.each([
    'http://127.0.0.1:8081',
    'http://127.8.9.1:8081/',
    'http://localhost:8081',
    'http://[::1]:8081',
    'https://api.telegram.org',
    'https://api.telegram.org/',
  ])('apiRoot %s is taken, without a slash at the end', async (apiRoot) => {
    const result = await telegramOptions['~standard'].validate({ apiRoot });
    expect(result).toMatchObject({ value: { apiRoot: apiRoot.replace(/\/$/u, '') } });
  });

  test.each([
    'https://evil.example',
    'https://api.telegram.org.evil.example',
    'https://api.telegram.org@evil.example',
    'http://api.telegram.org',
    'http://127.0.0.1.evil.example',
    'http://10.0.0.5:8081',
    'http://0.0.0.0:8081',
    'http://user:pass@127.0.0.1',
    'http://127.0.0.1/?x=1',
    'ftp://127.0.0.1',
    'not a url',
    '',
  ])('apiRoot %j is refused', async (apiRoot) => {
    expect((await issuesOf({ apiRoot }))[0]).toMatch(/^apiRoot: apiRoot must /u);
  });

  test("a server of one's own needs the flag, and https", async () => {
    const flag = { dangerouslyAllowEndpoint: true };
    expect(await issuesOf({ apiRoot: 'https://bots.example/api', ...flag })).toEqual([]);
    expect(await issuesOf({ apiRoot: 'http://bots.example', ...flag })).toEqual([
      'apiRoot: apiRoot must be https beyond this machine.',
    ]);
    expect(await issuesOf({ apiRoot: 'https://a:b@bots.example', ...flag })).toHaveLength(1);
    expect(await issuesOf({ dangerouslyAllowEndpoint: 'true' })).toHaveLength(1);
  });

  test('webhookUrl is https, or this machine', async () => {
    expect(await issuesOf({ webhookUrl: 'https://gate.example/channels/telegram' })).toEqual([]);
    expect(await issuesOf({ webhookUrl: 'http://127.0.0.1:18789/x' })).toEqual([]);
    expect(await issuesOf({ webhookUrl: 'http://gate.example/x' })).toHaveLength(1);
    expect(await issuesOf({ webhookUrl: 'gate.example' })).toHaveLength(1);
  });
});

const findings = (telegram: unknown) =>
  telegramAuditChecks.flatMap((check) =>
    check
      .check({ channels: { telegram } }, {})
      .map(({ detail }) => `${check.id} ${detail.split(' ')[0]}`),
  );

describe('audit', () => {
  test('a webhook without a secret, in the channel and in an account', () => {
    const webhookUrl = 'https://a.example';
    expect(findings({ webhookUrl })).toEqual([
      'telegram.webhook_without_secret channels.telegram.webhookUrl',
    ]);
    expect(findings({ accounts: { work: { webhookUrl, webhookSecret: '' } } })).toEqual([
      'telegram.webhook_without_secret channels.telegram.accounts.work.webhookUrl',
    ]);
    expect(findings({ webhookUrl, webhookSecret: '${HOOK_SECRET}' })).toEqual([]);
    expect(findings({ webhookSecret: 's', accounts: { work: { webhookUrl } } })).toEqual([]);
  });

  test("a server of one's own", () => {
    expect(findings({ dangerouslyAllowEndpoint: true })).toEqual([
      'telegram.endpoint_override channels.telegram.dangerouslyAllowEndpoint',
    ]);
  });

  test.each([undefined, null, 5, 'x', [], { enabled: false, dangerouslyAllowEndpoint: true }])(
    '%j gives no finding',
    (telegram) => {
      expect(findings(telegram)).toEqual([]);
    },
  );
});

test('the plugin offers the channel, its secrets and its audit checks', () => {
  const registry = createRegistry();
  plugin.register(registry);
  const channel = registry.channels.get('telegram');
  expect(plugin.id).toBe('telegram');
  expect(channel?.secrets).toEqual({ botToken: 'TELEGRAM_BOT_TOKEN', webhookSecret: undefined });
  expect([...registry.auditChecks.keys()]).toEqual([
    'telegram.webhook_without_secret',
    'telegram.endpoint_override',
  ]);
});
