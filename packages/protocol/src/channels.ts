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
    }),
    summary: 'Stops an account and forgets the login it keeps.',
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
