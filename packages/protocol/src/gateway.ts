/**
 * The gateway itself: health, status, logs, presence, identity.
 *
 * @module
 */
import { z } from 'zod';

import { presenceEntrySchema } from './connect.ts';
import { defineMethods } from './method.ts';
import { criticalSchema } from './operations/security.ts';
import { configStatusSchema } from './config/status.ts';
import { countSchema, idSchema, integer, noParamsSchema, timestampSchema } from './scalars.ts';

const recentSchema = z.strictObject({
  key: idSchema,
  updatedAt: timestampSchema,
  age: countSchema,
});

const heartbeatSchema = z.strictObject({ enabled: z.literal(false), every: z.literal('off') });

/** Result of `health`, and payload of the event `health`. */
export const healthSchema = z.strictObject({
  ok: z.literal(true),
  ts: timestampSchema,
  durationMs: countSchema,
  channels: z.record(
    z.string(),
    z.strictObject({ configured: z.boolean(), running: z.boolean(), connected: z.boolean() }),
  ),
  channelOrder: z.array(idSchema),
  channelLabels: z.record(z.string(), idSchema),
  heartbeatSeconds: z.literal(0),
  defaultAgentId: idSchema,
  agents: z.array(
    z.strictObject({
      agentId: idSchema,
      isDefault: z.boolean(),
      heartbeat: heartbeatSchema,
      sessions: z.strictObject({
        path: z.string(),
        count: countSchema,
        recent: z.array(recentSchema),
      }),
    }),
  ),
  sessions: z.strictObject({ path: z.string(), count: countSchema, recent: z.array(recentSchema) }),
  /** Whether the config file is what counts: `waiting` and `invalid` speak of an edit of it. */
  config: z.enum(['in-force', 'waiting', 'invalid', 'restart-needed', 'failed']),
});

/** Result of `health`. */
export type Health = z.infer<typeof healthSchema>;

/** Methods on the gateway itself. */
export const gatewayMethods = defineMethods({
  health: {
    scope: 'none',
    params: z.strictObject({ probe: z.boolean().optional() }),
    result: healthSchema,
    summary: 'A snapshot of channels, agents and sessions, at most a second old.',
  },
  status: {
    scope: 'operator.read',
    params: z.strictObject({
      includeChannelSummary: z.boolean().optional(),
      includeCliProjection: z.boolean().optional(),
    }),
    result: z.strictObject({
      runtimeVersion: idSchema,
      pid: countSchema,
      uptimeMs: countSchema,
      heartbeat: z.strictObject({
        defaultAgentId: idSchema,
        agents: z.array(
          z.strictObject({
            agentId: idSchema,
            enabled: z.literal(false),
            every: z.literal('off'),
            everyMs: z.null(),
          }),
        ),
      }),
      channelSummary: z.array(z.string()),
      /** How the config in force stands to its file. */
      config: configStatusSchema,
      queuedSystemEvents: z.array(z.never()),
      tasks: z.strictObject({
        total: z.literal(0),
        active: z.literal(0),
        terminal: z.literal(0),
        failures: z.literal(0),
        byStatus: z.strictObject({}),
        byRuntime: z.strictObject({}),
      }),
      taskAudit: z.strictObject({
        total: z.literal(0),
        warnings: z.literal(0),
        errors: z.literal(0),
        byCode: z.strictObject({}),
      }),
      /** Clients that guessed, and are locked out; who they are is for `operator.admin` only. */
      lockouts: z.strictObject({
        count: countSchema,
        named: z.array(z.strictObject({ client: idSchema, door: idSchema, forMs: countSchema })),
      }),
      /** What the gateway's own audit found last; what it is, is for `operator.admin` only. */
      audit: z.strictObject({
        at: timestampSchema.nullable(),
        critical: countSchema,
        named: z.array(criticalSchema),
      }),
      sessions: z.strictObject({
        paths: z.array(z.string()),
        count: countSchema,
        defaults: z.strictObject({
          model: z.string().nullable(),
          contextTokens: integer().nullable(),
        }),
        recent: z.array(recentSchema),
        byAgent: z.array(
          z.strictObject({
            agentId: idSchema,
            path: z.string(),
            count: countSchema,
            recent: z.array(recentSchema),
          }),
        ),
      }),
    }),
    summary: 'What the gateway runs. Paths and recent sessions are for `operator.admin` only.',
  },
  'logs.tail': {
    scope: 'operator.read',
    params: z.strictObject({
      /** From an earlier answer. */
      cursor: countSchema.optional(),
      limit: integer().min(1).max(5000).optional(),
      maxBytes: integer().min(1).max(1_000_000).optional(),
    }),
    result: z.strictObject({
      file: idSchema,
      cursor: countSchema,
      size: countSchema,
      lines: z.array(z.string()),
      truncated: z.boolean().optional(),
      reset: z.boolean().optional(),
      skippedBytes: countSchema.optional(),
    }),
    summary: 'The newest lines of the log, or those since a cursor.',
  },
  'system-presence': {
    scope: 'operator.read',
    params: noParamsSchema,
    result: z.array(presenceEntrySchema),
    summary: 'Who is connected; the gateway itself is the first entry.',
  },
  'last-heartbeat': {
    scope: 'operator.read',
    params: noParamsSchema,
    result: z.null(),
    summary: 'The last heartbeat of the agent: none, this gateway has no heartbeats.',
  },
  'gateway.identity.get': {
    scope: 'operator.read',
    params: noParamsSchema,
    result: z.strictObject({ deviceId: idSchema, publicKey: idSchema }),
    summary: "The gateway's own Ed25519 identity.",
  },
});
