import { describe, expect, test } from 'vitest';
import { discordAuditChecks, discordOptions } from '../src/config.ts';
import { mayConnect } from '../src/gateway.ts';
import plugin from '../src/index.ts';

const parse = (options: object) => discordOptions.safeParse(options);
const faults = (options: object) => parse(options).error?.issues.map(({ message }) => message);

describe('options', () => {
  test('have defaults that need no thought, and drop what is not theirs', () => {
    expect(parse({ dmPolicy: 'pairing', token: 'secret' }).data).toEqual({
      apiUrl: 'https://discord.com/api',
      dangerouslyAllowEndpoint: false,
    });
  });

  test.each(['http://127.0.0.1:8080/api/', 'http://localhost/api', 'https://discord.com/api/'])(
    '%s may be the API',
    (apiUrl) => {
      expect(parse({ apiUrl }).data?.apiUrl).toBe(apiUrl.replace(/\/$/u, ''));
    },
  );

  test.each([
    ['https://discord.example/api', /loopback/u],
    ['https://discord.com.evil.example/api', /loopback/u],
    ['ftp://127.0.0.1', /https or http/u],
    ['http://user:pass@127.0.0.1/api', /no user/u],
    ['nonsense', /must be a URL/u],
  ])('%s may not: it would get the token', (apiUrl, why) => {
    expect(faults({ apiUrl })).toEqual([expect.stringMatching(why)]);
  });

  test('a server of your own is a choice somebody has to write down', () => {
    const own = { apiUrl: 'https://discord.example/api', dangerouslyAllowEndpoint: true };
    expect(faults(own)).toBeUndefined();
    expect(faults({ ...own, apiUrl: 'http://discord.example/api' })).toHaveLength(1);
  });

  test('an application id is digits', () => {
    expect(faults({ applicationId: '12345678' })).toBeUndefined();
    expect(faults({ applicationId: '../users' })).toHaveLength(1);
  });
});

describe('where the gateway may be', () => {
  const official = { apiUrl: 'https://discord.com/api', dangerouslyAllowEndpoint: false };
  const local = { apiUrl: 'http://127.0.0.1:1/api', dangerouslyAllowEndpoint: false };
  const own = { apiUrl: 'https://discord.example/api', dangerouslyAllowEndpoint: true };

  test.each([
    ['wss://gateway.discord.gg', official, true],
    ['wss://gateway-us-east1-b.discord.gg/', official, true],
    ['ws://gateway.discord.gg', official, false],
    ['wss://discord.gg.evil.example', official, false],
    ['wss://evildiscord.gg', official, false],
    ['wss://user@gateway.discord.gg', official, false],
    ['ws://127.0.0.1:1', official, false],
    ['ws://127.0.0.1:9', local, true],
    ['wss://gateway.discord.gg', local, false],
    ['ws://192.0.2.1', local, false],
    ['wss://gateway.example', own, true],
    ['ws://gateway.example', own, false],
    ['nonsense', official, false],
  ])('%s: %o', (address, options, allowed) => {
    expect(mayConnect(address, options)).toBe(allowed);
  });
});

test('the audit names an endpoint of one’s own, per account', () => {
  const found = discordAuditChecks.flatMap(({ check }) =>
    check(
      {
        channels: {
          discord: { accounts: { work: { dangerouslyAllowEndpoint: true }, home: {} } },
        },
      },
      {},
    ),
  );
  expect(found.map(({ remediation }) => remediation)).toEqual([
    expect.stringContaining('channels.discord.accounts.work.dangerouslyAllowEndpoint'),
  ]);
});

test('the plugin offers the channel and its audit checks', () => {
  const offered: string[] = [];
  const registry = {
    channel: ({ id, secrets }: { id: string; secrets?: object }) =>
      offered.push(`${id} ${JSON.stringify(secrets)}`),
    auditCheck: ({ id }: { id: string }) => offered.push(id),
  };
  void plugin.register(registry as unknown as Parameters<typeof plugin.register>[0]);
  expect(offered).toEqual(['discord {"token":"DISCORD_BOT_TOKEN"}', 'discord.endpoint_override']);
});
