/**
 * What `channels.telegram` may hold, and what the security audit says about it.
 *
 * Light on purpose: configuration and audit load this without the client library.
 *
 * @module
 */
import { accountCheck, endpointFault, isLoopbackUrl } from '@portcullis/channel-kit';
import type { AuditCheck } from '@portcullis/core';
import { z } from 'zod';

/** The Bot API everybody uses. */
export const DEFAULT_API_ROOT = 'https://api.telegram.org';

/** Option keys that hold secrets, each with the environment variable that may stand in for it. */
export const telegramSecrets: Readonly<Record<string, string | undefined>> = {
  botToken: 'TELEGRAM_BOT_TOKEN',
  webhookSecret: undefined,
};

/** Options of one Telegram account. Keys that are the same for every channel are not among them. */
export interface TelegramOptions {
  /** Where updates are delivered. Without it the channel polls and needs no public address. */
  readonly webhookUrl?: string | undefined;
  /** A Bot API server of one's own. Loopback only, unless {@link dangerouslyAllowEndpoint}. */
  readonly apiRoot: string;
  /** Lets `apiRoot` name any https server. That server receives the token and every message. */
  readonly dangerouslyAllowEndpoint: boolean;
}

function webhookFault(webhookUrl: string): string | undefined {
  if (!URL.canParse(webhookUrl)) return 'webhookUrl must be a URL.';
  const url = new URL(webhookUrl);
  if (url.username !== '' || url.password !== '') return 'webhookUrl must have no user.';
  const secure = url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackUrl(url));
  return secure ? undefined : 'webhookUrl must be https: Telegram delivers nowhere else.';
}

/** Checks the options of one account. Unknown keys are left to the gateway's list of known keys. */
export const telegramOptions: z.ZodType<TelegramOptions> = z
  .object({
    webhookUrl: z.string().optional(),
    apiRoot: z
      .string()
      .default(DEFAULT_API_ROOT)
      .transform((url) => url.replace(/\/+$/u, '')),
    dangerouslyAllowEndpoint: z.boolean().default(false),
  })
  .superRefine((options, context) => {
    const { apiRoot, dangerouslyAllowEndpoint, webhookUrl } = options;
    const endpoint = endpointFault(apiRoot, {
      key: 'apiRoot',
      official: DEFAULT_API_ROOT,
      schemes: ['https', 'http'],
      anyServer: dangerouslyAllowEndpoint,
    });
    if (endpoint !== undefined) {
      context.addIssue({ code: 'custom', path: ['apiRoot'], message: endpoint });
    }
    const webhook = webhookUrl === undefined ? undefined : webhookFault(webhookUrl);
    if (webhook !== undefined) {
      context.addIssue({ code: 'custom', path: ['webhookUrl'], message: webhook });
    }
  });

/** Findings of `openclaw security audit` that only this channel can make. */
export const telegramAuditChecks: readonly AuditCheck[] = [
  accountCheck('telegram.webhook_without_secret', 'telegram', (path, account) =>
    account['webhookUrl'] === undefined || (account['webhookSecret'] ?? '') !== ''
      ? []
      : [
          {
            severity: 'critical',
            title: 'Telegram webhook without a secret',
            detail: `${path}.webhookUrl is set and webhookSecret is not: nobody could tell Telegram's deliveries from forged ones, so the channel refuses to start.`,
            remediation: `Set ${path}.webhookSecret to a random value of 32 characters or more.`,
          },
        ],
  ),
  accountCheck('telegram.endpoint_override', 'telegram', (path, account) =>
    account['dangerouslyAllowEndpoint'] !== true
      ? []
      : [
          {
            severity: 'warn',
            title: 'Telegram speaks to a server of your own',
            detail: `${path}.dangerouslyAllowEndpoint is true: the server at apiRoot receives the bot's token and every message.`,
            remediation: `Remove ${path}.dangerouslyAllowEndpoint unless you run that server yourself.`,
          },
        ],
  ),
];
