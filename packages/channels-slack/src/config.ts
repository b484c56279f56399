/**
 * What `channels.slack` may hold, and what the security audit says about it.
 *
 * Light on purpose: configuration and audit load this without the client library.
 *
 * @module
 */
import { accountCheck, endpointFault } from '@portcullis/channel-kit';
import type { AuditCheck } from '@portcullis/core';
import { z } from 'zod';

/** The Web API everybody uses. */
export const DEFAULT_API_URL = 'https://slack.com/api';

/** Option keys that hold secrets, each with the environment variable that may stand in for it. */
export const slackSecrets: Readonly<Record<string, string | undefined>> = {
  botToken: 'SLACK_BOT_TOKEN',
  appToken: 'SLACK_APP_TOKEN',
  signingSecret: 'SLACK_SIGNING_SECRET',
};

/** Options of one Slack account. Keys that are the same for every channel are not among them. */
export interface SlackOptions {
  /** How events arrive: over a socket this machine opens, or as signed requests of Slack. */
  readonly mode: 'socket' | 'http';
  /** Below `/channels/slack/<account>`: where Slack posts to in `http` mode. */
  readonly webhookPath: string;
  /** Whether slash commands do anything. Which there are is said in the app's settings at Slack. */
  readonly slashCommand: { readonly enabled: boolean };
  /** A server that speaks Slack's Web API. Loopback only, unless {@link dangerouslyAllowEndpoint}. */
  readonly apiUrl: string;
  /** Lets `apiUrl` name any https server. That server receives the tokens and every message. */
  readonly dangerouslyAllowEndpoint: boolean;
}

/** Checks the options of one account. Unknown keys are left to the gateway's list of known keys. */
export const slackOptions: z.ZodType<SlackOptions> = z
  .object({
    mode: z.enum(['socket', 'http']).default('socket'),
    webhookPath: z
      .string()
      .regex(/^(?:\/[\w-]+)+$/u, 'webhookPath must be a path such as /events.')
      .default('/events'),
    slashCommand: z.object({ enabled: z.boolean().default(true) }).default({ enabled: true }),
    apiUrl: z
      .string()
      .default(DEFAULT_API_URL)
      .transform((url) => url.replace(/\/+$/u, '')),
    dangerouslyAllowEndpoint: z.boolean().default(false),
  })
  .superRefine(({ apiUrl, dangerouslyAllowEndpoint }, context) => {
    const message = endpointFault(apiUrl, {
      key: 'apiUrl',
      official: DEFAULT_API_URL,
      schemes: ['https', 'http'],
      anyServer: dangerouslyAllowEndpoint,
    });
    if (message !== undefined) context.addIssue({ code: 'custom', path: ['apiUrl'], message });
  });

/** Findings of `openclaw security audit` that only this channel can make. */
export const slackAuditChecks: readonly AuditCheck[] = [
  accountCheck('slack.http_without_signing_secret', 'slack', (path, account) =>
    account['mode'] !== 'http' || (account['signingSecret'] ?? '') !== ''
      ? []
      : [
          {
            severity: 'critical',
            title: 'Slack requests nobody could check',
            detail: `${path}.mode is http and signingSecret is not set: nobody could tell Slack's requests from forged ones, so the channel refuses to start unless SLACK_SIGNING_SECRET holds it.`,
            remediation: `Set ${path}.signingSecret to the Signing Secret of the app's Basic Information.`,
          },
        ],
  ),
  accountCheck('slack.endpoint_override', 'slack', (path, account) =>
    account['dangerouslyAllowEndpoint'] !== true
      ? []
      : [
          {
            severity: 'warn',
            title: 'Slack speaks to a server of your own',
            detail: `${path}.dangerouslyAllowEndpoint is true: the server at apiUrl receives the app's tokens and every message.`,
            remediation: `Remove ${path}.dangerouslyAllowEndpoint unless you run that server yourself.`,
          },
        ],
  ),
];
