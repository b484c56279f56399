/**
 * Chat networks: how they are doing, and who may write to us on them.
 *
 * @module
 */
import { z } from 'zod';

import { defineMethods } from './method.ts';
import { countSchema, idSchema, timestampSchema } from './scalars.ts';

/** One account on one network. */
export const channelAccountSchema = z.strictObject({
  accountId: idSchema,
  name: z.string().optional(),
  enabled: z.boolean(),
  configured: z.boolean(),
  installed: z.boolean(),
  running: z.boolean(),
  connected: z.boolean(),
  reconnectAttempts: countSchema,
  lastTransportActivityAt: timestampSchema.nullable(),
  lastError: z.string().nullable(),
  /** What the network said, where it was asked. */
  probe: z
    .strictObject({
      ok: z.boolean(),
      identity: z.string().optional(),
      error: z.string().optional(),
      elapsedMs: countSchema,
    })
    .optional(),
  lastProbeAt: timestampSchema.optional(),
  healthState: z.enum(['starting', 'connected', 'reconnecting', 'stopped', 'failed']),
});

/** Which account; without an id the usual one. */
const wantedSchema = z.strictObject({
  channel: idSchema.max(64),
  accountId: idSchema.max(128).optional(),
});

const accountParams = { channel: idSchema, accountId: idSchema };

/** How a login is. */
const loginSchema = z.strictObject({
  channel: idSchema,
  accountId: idSchema,
  connected: z.boolean(),
  /** True until it is connected or over. */
  waiting: z.boolean(),
  message: z.string(),
  /** Text of the code to be scanned now. */
  qr: z.string().optional(),
  /** The same as a PNG. */
  qrDataUrl: z.string().optional(),
  identity: z.string().optional(),
});

/** Methods on chat networks. */
export const channelMethods = defineMethods({
  'channels.status': {
    scope: 'operator.read',
    params: z.strictObject({
      probe: z.boolean().optional(),
      timeoutMs: countSchema.optional(),
      channel: idSchema.optional(),
    }),
    result: z.strictObject({
      ts: timestampSchema,
      channelOrder: z.array(idSchema),
      channelLabels: z.record(z.string(), idSchema),
      channelMeta: z.array(
        z.strictObject({ id: idSchema, label: idSchema, detailLabel: idSchema }),
      ),
      channels: z.record(
        z.string(),
        z.strictObject({ configured: z.boolean(), running: z.boolean(), connected: z.boolean() }),
      ),
      channelAccounts: z.record(z.string(), z.array(channelAccountSchema)),
      channelDefaultAccountId: z.record(z.string(), idSchema),
    }),
    summary:
      'How each configured network and account is doing; with `probe` each network is asked whether it takes our login.',
  },
  'channels.start': {
    scope: 'operator.admin',
    params: wantedSchema,
    result: z.strictObject({
      channel: idSchema,
      accountId: idSchema,
      started: z.boolean(),
      healthState: channelAccountSchema.shape.healthState,
      lastError: z.string().nullable(),
    }),
    summary: 'Starts an account that was stopped.',
  },
  'channels.stop': {
    scope: 'operator.admin',
    params: wantedSchema,
    result: z.strictObject({ channel: idSchema, accountId: idSchema, stopped: z.boolean() }),
    summary: 'Stops an account until it is started, or the gateway starts anew.',
  },
  'channels.logout': {
    scope: 'operator.admin',
    params: wantedSchema,
    result: z.strictObject({
      channel: idSchema,
      accountId: idSchema,
      /** A login was kept, and is gone. */
      cleared: z.boolean(),
      /** Nothing is left to log in with: neither a login nor a secret in the config. */
      loggedOut: z.boolean(),
      /** Whether the network ended the login; `none` where it has none of its own to end. */
      network: z.enum(['ended', 'not_reached', 'none']),
    }),
    summary: 'Stops an account, ends its login on the network and forgets what is kept of it.',
  },
  'web.login.start': {
    scope: 'operator.admin',
    params: z.strictObject({
      /** Default: `whatsapp`. */
      channel: idSchema.max(64).optional(),
      accountId: idSchema.max(128).optional(),
      /** Ends the login there is, and links anew. */
      force: z.boolean().optional(),
      /** How long the first code is waited for, in milliseconds (default 30000, at most 120000). */
      timeoutMs: countSchema.optional(),
      verbose: z.boolean().optional(),
    }),
    result: loginSchema,
    summary:
      'Links an account with an app of its owner: answers with a code to be scanned. Takes the place of a login that is under way.',
  },
  'web.login.wait': {
    scope: 'operator.admin',
    params: z.strictObject({
      channel: idSchema.max(64).optional(),
      accountId: idSchema.max(128).optional(),
      timeoutMs: countSchema.optional(),
      /** The picture that is shown: the answer comes as soon as another one is to be shown. */
      currentQrDataUrl: z
        .string()
        .max(16_384)
        .regex(/^data:image\/png;base64,/u)
        .optional(),
    }),
    result: loginSchema,
    summary:
      'Waits for the next code of a login or for its end, at most `timeoutMs` (default and at most 120000). Without a code and not connected, it is over.',
  },
  'web.login.cancel': {
    scope: 'operator.admin',
    params: z.strictObject({
      channel: idSchema.max(64).optional(),
      accountId: idSchema.max(128).optional(),
    }),
    result: z.strictObject({ cancelled: z.boolean() }),
    summary: 'Ends a login that is under way; the account goes on as it was before.',
  },
  'channels.pairing.list': {
    scope: 'operator.pairing',
    params: z.strictObject({ channel: idSchema.optional(), accountId: idSchema.optional() }),
    result: z.strictObject({
      accounts: z.array(
        z.strictObject({
          ...accountParams,
          channelLabel: idSchema,
          notifySupported: z.boolean(),
        }),
      ),
      requests: z.array(
        z.strictObject({
          ...accountParams,
          /** The pairing code. */
          requestId: idSchema,
          channelLabel: idSchema,
          senderId: idSchema,
          senderLabel: idSchema,
          createdAt: idSchema,
          lastSeenAt: idSchema,
          expiresAt: idSchema,
          notifySupported: z.boolean(),
        }),
      ),
      allowed: z.array(z.strictObject({ ...accountParams, senderId: idSchema })),
      broken: z.array(z.string()),
      commandOwnerConfigured: z.boolean(),
      limits: z.strictObject({ pendingPerAccount: countSchema, ttlMs: countSchema }),
    }),
    summary: 'Who asks to write to us, who may, and which allow lists are malformed (by path).',
  },
  'channels.pairing.approve': {
    scope: 'operator.pairing',
    params: z.strictObject({
      ...accountParams,
      requestId: idSchema.max(64),
      notify: z.boolean().optional(),
      /** Also makes the sender the owner, where there is none: needs `operator.admin`. */
      bootstrapCommandOwner: z.boolean().optional(),
    }),
    result: z.strictObject({
      requestId: idSchema,
      senderId: idSchema,
      notification: z.enum(['not-requested', 'unsupported']),
      commandOwnerBootstrap: z.enum(['not-requested', 'configured', 'already-configured']),
    }),
    summary: 'Lets the sender behind a pairing code write to us.',
  },
  'channels.pairing.dismiss': {
    scope: 'operator.pairing',
    params: z.strictObject({ ...accountParams, requestId: idSchema.max(64) }),
    result: z.strictObject({ requestId: idSchema, senderId: idSchema }),
    summary: 'Refuses a pairing request; the sender is not asked again for a while.',
  },
  'channels.pairing.revoke': {
    scope: 'operator.pairing',
    params: z.strictObject({ ...accountParams, senderId: idSchema.max(256) }),
    result: z.strictObject({ senderId: idSchema, code: idSchema }),
    summary: 'Takes back the right of a sender to write to us.',
  },
});
