import { expect, test } from 'vitest';
import { slackAuditChecks, slackOptions } from '../src/config.ts';

test('what is not said is Slack itself, over a socket', () => {
  expect(slackOptions.parse({})).toEqual({
    mode: 'socket',
    webhookPath: '/events',
    slashCommand: { enabled: true },
    apiUrl: 'https://slack.com/api',
    dangerouslyAllowEndpoint: false,
  });
});

test.each([
  [{ mode: 'rtm' }, 'mode'],
  [{ webhookPath: 'events' }, 'webhookPath'],
  [{ webhookPath: '/a/../b' }, 'webhookPath'],
  [{ webhookPath: '/events?x=1' }, 'webhookPath'],
  [{ apiUrl: 'https://slack.evil.example/api' }, 'apiUrl'],
  [{ apiUrl: 'http://slack.com/api' }, 'apiUrl'],
  [{ apiUrl: 'http://10.0.0.1/api', dangerouslyAllowEndpoint: true }, 'apiUrl'],
  [{ apiUrl: 'ftp://127.0.0.1/api' }, 'apiUrl'],
])('%j is refused by name', (options, key) => {
  const { success, error } = slackOptions.safeParse(options);
  expect(success).toBe(false);
  expect(error?.issues.map(({ path }) => path[0])).toEqual([key]);
});

test.each([
  { apiUrl: 'http://127.0.0.1:9/api/' },
  { apiUrl: 'https://slack.com/api/' },
  { apiUrl: 'https://slack.example/api', dangerouslyAllowEndpoint: true },
  { mode: 'http', webhookPath: '/slack/events', slashCommand: { enabled: false } },
])('%j is taken', (options) => {
  expect(slackOptions.safeParse(options).success).toBe(true);
});

function findings(slack: object): readonly string[] {
  const config = { channels: { slack } };
  return slackAuditChecks.flatMap(({ id, check }) =>
    check(config, {}).map(({ severity, detail }) => `${id} ${severity} ${detail.split(' ')[0]}`),
  );
}

test('the audit finds requests nobody could check, and servers that are not Slack', () => {
  expect(findings({ botToken: 'x' })).toEqual([]);
  expect(findings({ mode: 'http', signingSecret: 'x' })).toEqual([]);
  expect(findings({ mode: 'http' })).toEqual([
    'slack.http_without_signing_secret critical channels.slack.mode',
  ]);
  expect(findings({ accounts: { club: { dangerouslyAllowEndpoint: true } } })).toEqual([
    'slack.endpoint_override warn channels.slack.accounts.club.dangerouslyAllowEndpoint',
  ]);
});
