/**
 * What `channels.whatsapp` may hold, and what the security audit says about it.
 *
 * Light on purpose: configuration and audit load this without the client library.
 *
 * @module
 */
import { accountCheck, endpointFault, isLoopbackUrl } from '@portcullis/channel-kit';
import type { AuditCheck } from '@portcullis/core';
import { z } from 'zod';

/** Where WhatsApp Web connects to. */
export const DEFAULT_SOCKET_URL = 'wss://web.whatsapp.com/ws/chat';

/** Options of one WhatsApp account. Keys that are the same for every channel are not among them. */
export interface WhatsAppOptions {
  /** False: admitted messages are not marked as read. */
  readonly sendReadReceipts: boolean;
  /** Directory of a login made with `useMultiFileAuthState` of Baileys, to be taken over once. */
  readonly authDir?: string | undefined;
  /** Version of WhatsApp Web to present. Default: the one the library brings. */
  readonly version?: readonly [number, number, number] | undefined;
  /** A server of one's own. Loopback only, unless {@link dangerouslyAllowEndpoint}. */
  readonly socketUrl: string;
  /** Lets `socketUrl` name any server. It receives the account's login and every message. */
  readonly dangerouslyAllowEndpoint: boolean;
  /** Takes signatures for good without looking, as the library does. */
  readonly dangerouslySkipSignatureChecks: boolean;
}

const versionNumber = z.coerce.number().int().min(0).max(0xffff_ffff);

/** Checks the options of one account. Unknown keys are left to the gateway's list of known keys. */
export const whatsappOptions: z.ZodType<WhatsAppOptions> = z
  .object({
    sendReadReceipts: z.boolean().default(true),
    authDir: z.string().min(1).optional(),
    version: z.tuple([versionNumber, versionNumber, versionNumber]).optional(),
    socketUrl: z
      .string()
      .default(DEFAULT_SOCKET_URL)
      .transform((url) => url.replace(/\/+$/u, '')),
    dangerouslyAllowEndpoint: z.boolean().default(false),
    dangerouslySkipSignatureChecks: z.boolean().default(false),
  })
  .superRefine(({ socketUrl, dangerouslyAllowEndpoint }, context) => {
    const fault = endpointFault(socketUrl, {
      key: 'socketUrl',
      official: DEFAULT_SOCKET_URL,
      schemes: ['wss', 'ws'],
      anyServer: dangerouslyAllowEndpoint,
    });
    if (fault !== undefined)
      context.addIssue({ code: 'custom', path: ['socketUrl'], message: fault });
  });

/** Whether the account speaks to a server on this machine: then files may lie there, too. */
export function isTestServer({ socketUrl }: WhatsAppOptions): boolean {
  return isLoopbackUrl(new URL(socketUrl));
}

/** Findings of `openclaw security audit` that only this channel can make. */
export const whatsappAuditChecks: readonly AuditCheck[] = [
  accountCheck('whatsapp.signatures_unchecked', 'whatsapp', (path, account) =>
    account['dangerouslySkipSignatureChecks'] !== true
      ? []
      : [
          {
            severity: 'warn',
            title: 'WhatsApp signatures are not checked',
            detail: `${path}.dangerouslySkipSignatureChecks is true: neither the server nor the keys of contacts have to prove what they are, so whoever stands on the line can read and write everything.`,
            remediation: `Remove ${path}.dangerouslySkipSignatureChecks.`,
          },
        ],
  ),
  accountCheck('whatsapp.endpoint_override', 'whatsapp', (path, account) =>
    account['dangerouslyAllowEndpoint'] !== true
      ? []
      : [
          {
            severity: 'warn',
            title: 'WhatsApp speaks to a server of your own',
            detail: `${path}.dangerouslyAllowEndpoint is true: the server at socketUrl receives the account's login and every message.`,
            remediation: `Remove ${path}.dangerouslyAllowEndpoint unless you run that server yourself.`,
          },
        ],
  ),
];
