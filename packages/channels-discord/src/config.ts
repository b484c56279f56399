/**
 * What `channels.discord` may hold, and what the security audit says about it.
 *
 * Light on purpose: configuration and audit load this without the client library.
 *
 * @module
 */
import { accountCheck, endpointFault } from '@portcullis/channel-kit';
import type { AuditCheck } from '@portcullis/core';
import { z } from 'zod';

/** The API everybody uses. */
export const DEFAULT_API_URL = 'https://discord.com/api';

/** Option keys that hold secrets, each with the environment variable that may stand in for it. */
export const discordSecrets: Readonly<Record<string, string | undefined>> = {
  token: 'DISCORD_BOT_TOKEN',
};

/** Options of one Discord account. Keys that are the same for every channel are not among them. */
export interface DiscordOptions {
  /** Id of the application, for registering commands. Default: that of the token. */
  readonly applicationId?: string | undefined;
  /** An API server of one's own. Loopback only, unless {@link dangerouslyAllowEndpoint}. */
  readonly apiUrl: string;
  /** Lets `apiUrl` name any https server. That server receives the token and every message. */
  readonly dangerouslyAllowEndpoint: boolean;
  readonly commands?:
    | {
        /** True: registers the control commands with Discord. Anything else leaves them alone. */
        readonly native?: boolean | 'auto' | undefined;
      }
    | undefined;
  /** The servers to listen in, as policy reads them. Here they only spare questions about others. */
  readonly guilds?: Readonly<Record<string, unknown>> | undefined;
}

/** Checks the options of one account. Unknown keys are left to the gateway's list of known keys. */
export const discordOptions: z.ZodType<DiscordOptions> = z
  .object({
    applicationId: z
      .string()
      .regex(/^[1-9]\d{4,20}$/u, 'applicationId must be the digits of an id.')
      .optional(),
    apiUrl: z
      .string()
      .default(DEFAULT_API_URL)
      .transform((url) => url.replace(/\/+$/u, '')),
    dangerouslyAllowEndpoint: z.boolean().default(false),
    commands: z.object({ native: z.union([z.boolean(), z.literal('auto')]).optional() }).optional(),
    guilds: z.record(z.string(), z.unknown()).optional(),
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
export const discordAuditChecks: readonly AuditCheck[] = [
  accountCheck('discord.endpoint_override', 'discord', (path, account) =>
    account['dangerouslyAllowEndpoint'] !== true
      ? []
      : [
          {
            severity: 'warn',
            title: 'Discord speaks to a server of your own',
            detail: `${path}.dangerouslyAllowEndpoint is true: the server at apiUrl receives the bot's token and every message.`,
            remediation: `Remove ${path}.dangerouslyAllowEndpoint unless you run that server yourself.`,
          },
        ],
  ),
];
