/**
 * Sessions: list, look at, follow, send to, change.
 *
 * @module
 */
import { z } from 'zod';

import { messageSchema } from './message.ts';
import { defineMethods } from './method.ts';
import {
  countSchema,
  idSchema,
  integer,
  noParamsSchema,
  sessionKeySchema,
  timestampSchema,
} from './scalars.ts';
import { attachmentSchema, sendResultSchema } from './send.ts';

/** A session as clients list it. */
export const sessionRowSchema = z.strictObject({
  key: idSchema,
  sessionId: idSchema,
  agentId: idSchema,
  kind: z.enum(['direct', 'group', 'global', 'unknown']),
  channel: idSchema.optional(),
  isMain: z.boolean(),
  label: z.string().optional(),
  displayName: z.string().optional(),
  createdAt: timestampSchema,
  updatedAt: timestampSchema,
  status: z.enum(['running', 'done', 'failed', 'killed']),
  hasActiveRun: z.boolean(),
  activeRunIds: z.array(idSchema),
  lastRunId: idSchema.optional(),
  lastMessagePreview: z.string().optional(),
  modelProvider: z.string().optional(),
  model: z.string().optional(),
  inputTokens: countSchema,
  outputTokens: countSchema,
  totalTokens: countSchema,
});

/** A session as clients list it. */
export type SessionRow = z.infer<typeof sessionRowSchema>;

/** The model a session without one of its own would use. */
export const sessionDefaultsSchema = z.strictObject({
  modelProvider: z.string().nullable(),
  model: z.string().nullable(),
  contextTokens: integer().nullable(),
});

/** What a change to a session leaves behind. */
const resolvedModelSchema = z.strictObject({
  modelProvider: z.string().nullable(),
  model: z.string().nullable(),
});

const entrySchema = z.strictObject({
  sessionId: idSchema,
  updatedAt: timestampSchema,
  label: z.string().optional(),
});

const listParamsSchema = z.strictObject({
  limit: integer().min(1).optional(),
  offset: countSchema.optional(),
  agentId: idSchema.optional(),
  search: z.string().optional(),
  label: idSchema.max(512).optional(),
  archived: z.union([z.boolean(), z.literal('all')]).optional(),
  activeMinutes: integer().min(1).optional(),
  requireLastInteraction: z.boolean().optional(),
  sortBy: z.enum(['updatedAt', 'lastInteractionAt']).optional(),
  includeGlobal: z.boolean().optional(),
  includeUnknown: z.boolean().optional(),
  configuredAgentsOnly: z.boolean().optional(),
  includeDerivedTitles: z.boolean().optional(),
  includeLastMessage: z.boolean().optional(),
  boardFace: z.enum(['chat', 'dashboard']).optional(),
  creatorId: idSchema.optional(),
  ownerId: idSchema.optional(),
  ownerFirst: z.boolean().optional(),
  involvingMe: z.boolean().optional(),
  involvingProfileId: idSchema.optional(),
  includePeople: z.boolean().optional(),
  spawnedBy: idSchema.optional(),
});

const listResultSchema = z.strictObject({
  ts: timestampSchema,
  path: idSchema,
  count: countSchema,
  totalCount: countSchema,
  limitApplied: countSchema,
  nextOffset: countSchema.nullable(),
  hasMore: z.boolean(),
  owners: z.array(z.never()),
  defaults: sessionDefaultsSchema,
  sessions: z.array(sessionRowSchema),
});

const followParamsSchema = z.strictObject({
  key: sessionKeySchema,
  agentId: idSchema.optional(),
  includeApprovals: z.boolean().optional(),
});

/** Methods on sessions. */
export const sessionMethods = defineMethods({
  'sessions.list': {
    scope: 'operator.read',
    params: listParamsSchema,
    result: listResultSchema,
    summary: 'Lists sessions, most recently used first.',
  },
  'sessions.get': {
    scope: 'operator.read',
    params: z.strictObject({
      key: sessionKeySchema,
      agentId: idSchema.optional(),
      limit: integer().min(1).max(1000).optional(),
    }),
    result: z.strictObject({ messages: z.array(messageSchema) }),
    summary: 'The newest messages of a session, oldest first.',
  },
  'sessions.describe': {
    scope: 'operator.read',
    params: z.strictObject({
      key: sessionKeySchema,
      agentId: idSchema.optional(),
      includeDerivedTitles: z.boolean().optional(),
      includeLastMessage: z.boolean().optional(),
    }),
    result: z.strictObject({ session: sessionRowSchema.nullable() }),
    summary: 'One session, or null.',
  },
  'sessions.preview': {
    scope: 'operator.read',
    params: z.strictObject({
      keys: z.array(sessionKeySchema).min(1).max(64),
      limit: integer().min(1).max(50).optional(),
      maxChars: integer().min(20).max(2000).optional(),
    }),
    result: z.strictObject({
      ts: timestampSchema,
      previews: z.array(
        z.strictObject({
          key: idSchema,
          status: z.enum(['ok', 'missing', 'empty']),
          items: z.array(z.strictObject({ role: idSchema, text: z.string() })),
        }),
      ),
    }),
    summary: 'The last words of several sessions.',
  },
  'sessions.resolve': {
    scope: 'operator.read',
    params: z.strictObject({
      key: sessionKeySchema.optional(),
      sessionId: idSchema.optional(),
      label: idSchema.max(512).optional(),
      shortId: idSchema.optional(),
      slugHint: idSchema.optional(),
      agentId: idSchema.optional(),
      spawnedBy: idSchema.optional(),
      includeGlobal: z.boolean().optional(),
      includeUnknown: z.boolean().optional(),
      allowMissing: z.boolean().optional(),
      reference: z.unknown().optional(),
    }),
    result: z.union([
      z.strictObject({
        ok: z.literal(true),
        key: idSchema,
        agentId: idSchema,
        displayName: z.string().optional(),
      }),
      z.strictObject({ ok: z.literal(false) }),
    ]),
    summary: 'Finds a session by key, session id, id prefix or label.',
  },
  'sessions.subscribe': {
    scope: 'operator.read',
    params: noParamsSchema,
    result: z.strictObject({ subscribed: z.literal(true) }),
    summary: 'Sends this connection `sessions.changed` events from now on.',
  },
  'sessions.unsubscribe': {
    scope: 'operator.read',
    params: noParamsSchema,
    result: z.strictObject({ subscribed: z.literal(false) }),
    summary: 'Stops `sessions.changed` events.',
  },
  'sessions.messages.subscribe': {
    scope: 'operator.read',
    params: followParamsSchema,
    result: z.strictObject({ subscribed: z.literal(true), key: idSchema }),
    summary: 'Sends this connection the `session.message` events of one session.',
  },
  'sessions.messages.unsubscribe': {
    scope: 'operator.read',
    params: followParamsSchema,
    result: z.strictObject({ subscribed: z.literal(false), key: idSchema }),
    summary: 'Stops the `session.message` events of one session.',
  },
  'sessions.send': {
    scope: 'operator.write',
    params: z.strictObject({
      key: sessionKeySchema,
      agentId: idSchema.optional(),
      message: z.string(),
      thinking: z.string().optional(),
      attachments: z.array(attachmentSchema).optional(),
      timeoutMs: countSchema.optional(),
      idempotencyKey: idSchema.max(256).optional(),
      mentions: z.unknown().optional(),
    }),
    result: sendResultSchema,
    summary: 'Sends a message to a session; the answer comes as `chat` events.',
  },
  'sessions.abort': {
    scope: 'operator.write',
    params: z.strictObject({
      key: sessionKeySchema.optional(),
      runId: idSchema.optional(),
      agentId: idSchema.optional(),
      clearQueued: z.boolean().optional(),
    }),
    result: z.strictObject({
      ok: z.literal(true),
      aborted: z.boolean(),
      runIds: z.array(idSchema),
    }),
    summary: 'Stops the runs of a session, or one run.',
  },
  'sessions.patch': {
    scope: 'operator.write',
    params: z.strictObject({
      key: sessionKeySchema,
      agentId: idSchema.optional(),
      expectedSessionId: idSchema.optional(),
      label: idSchema.max(512).nullable().optional(),
    }),
    result: z.strictObject({
      ok: z.literal(true),
      path: idSchema,
      key: idSchema,
      entry: entrySchema,
      resolved: resolvedModelSchema,
    }),
    summary: "Changes a session's label. `null` removes it.",
  },
  'sessions.reset': {
    scope: 'operator.admin',
    params: z.strictObject({
      key: sessionKeySchema,
      agentId: idSchema.optional(),
      reason: z.enum(['new', 'reset']).optional(),
      expectedSessionId: idSchema.optional(),
    }),
    result: z.strictObject({
      ok: z.literal(true),
      key: idSchema,
      entry: entrySchema,
      resolved: resolvedModelSchema,
    }),
    summary: 'Starts a session anew: its history is empty afterwards.',
  },
  'sessions.delete': {
    scope: 'operator.admin',
    params: z.strictObject({
      key: sessionKeySchema,
      agentId: idSchema.optional(),
      deleteTranscript: z.boolean().optional(),
      expectedSessionId: idSchema.optional(),
      expectedLifecycleRevision: idSchema.optional(),
      expectedSessionUpdatedAt: z.number().min(0).optional(),
      emitLifecycleHooks: z.boolean().optional(),
      archivedOnly: z.boolean().optional(),
    }),
    result: z.strictObject({
      ok: z.literal(true),
      key: idSchema,
      deleted: z.boolean(),
      archived: z.array(z.never()),
    }),
    summary: 'Deletes a session with its transcript. A main session can only be reset.',
  },
});
