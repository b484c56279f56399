/**
 * Sessions: list, look at, follow.
 *
 * @module
 */
import { z } from 'zod';

import { messageSchema } from '../message.ts';
import { defineMethods } from '../method.ts';
import {
  countSchema,
  idSchema,
  integer,
  noParamsSchema,
  sessionKeySchema,
  timestampSchema,
} from '../scalars.ts';
import { sessionDefaultsSchema, sessionRowSchema } from './row.ts';

const listParamsSchema = z.strictObject({
  limit: integer().min(1).optional(),
  offset: countSchema.optional(),
  agentId: idSchema.optional(),
  /** Part of a key or label. */
  search: z.string().optional(),
  /** The whole label. */
  label: idSchema.max(512).optional(),
  /** Default false: without those that are archived. */
  archived: z.union([z.boolean(), z.literal('all')]).optional(),
  activeMinutes: integer().min(1).optional(),
  /** Leaves out those in which nothing was said. */
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

/** Methods that look at sessions. */
export const sessionReadMethods = defineMethods({
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
});
