/**
 * What `channels.telegram` may hold, and what the security audit says about it.
 *
 * Light on purpose: configuration and audit load this without the client library.
 *
 * @module
 */
import type { AuditCheck, AuditFinding } from '@portcullis/core';
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

/** Whether a URL names this machine by a loopback address or `localhost`. */
export function isLoopbackUrl(url: URL): boolean {
  const host = url.hostname.toLowerCase();
  return host === 'localhost' || host === '[::1]' || /^127(?:\.\d{1,3}){3}$/u.test(host);
}

/** One sentence that says why `apiRoot` is refused, or undefined. */
function endpointFault(apiRoot: string, anyServer: boolean): string | undefined {
  if (!URL.canParse(apiRoot)) return 'apiRoot must be a URL.';
  const url = new URL(apiRoot);
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    return 'apiRoot must be http or https.';
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    return 'apiRoot must have no user, query or fragment.';
  }
  if (isLoopbackUrl(url) || url.href === `${DEFAULT_API_ROOT}/`) return undefined;
  if (!anyServer) {
    return 'apiRoot must be a loopback address: the server there receives the token and every message. Set dangerouslyAllowEndpoint to true for a Bot API server of your own.';
  }
  return url.protocol === 'https:' ? undefined : 'apiRoot must be https beyond this machine.';
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
    const endpoint = endpointFault(apiRoot, dangerouslyAllowEndpoint);
    if (endpoint !== undefined) {
      context.addIssue({ code: 'custom', path: ['apiRoot'], message: endpoint });
    }
    const webhook = webhookUrl === undefined ? undefined : webhookFault(webhookUrl);
    if (webhook !== undefined) {
      context.addIssue({ code: 'custom', path: ['webhookUrl'], message: webhook });
    }
  });

type Block = Readonly<Record<string, unknown>>;

function block(from: unknown, key: string): Block | undefined {
  if (typeof from !== 'object' || from === null || !Object.hasOwn(from, key)) return undefined;
  const value: unknown = Reflect.get(from, key);
  return typeof value === 'object' && value !== null ? { ...value } : undefined;
}

/** The channel block and every account over it, each with its config path. */
function accounts(config: unknown): readonly (readonly [string, Block])[] {
  const root = block(block(config, 'channels'), 'telegram');
  if (root === undefined || root['enabled'] === false) return [];
  const path = 'channels.telegram';
  const named = Object.entries(block(root, 'accounts') ?? {}).map(
    ([id, account]) =>
      [`${path}.accounts.${id}`, { ...root, ...block({ account }, 'account') }] as const,
  );
  return [[path, root] as const, ...named].filter(([, account]) => account['enabled'] !== false);
}

function check(id: string, find: (path: string, account: Block) => AuditFinding[]): AuditCheck {
  return {
    id,
    check: (config) => accounts(config).flatMap(([path, account]) => find(path, account)),
  };
}

/** Findings of `openclaw security audit` that only this channel can make. */
export const telegramAuditChecks: readonly AuditCheck[] = [
  check('telegram.webhook_without_secret', (path, account) =>
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
  check('telegram.endpoint_override', (path, account) =>
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
