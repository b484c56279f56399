/**
 * Sessions: create, send to, change.
 *
 * @module
 */
import { z } from 'zod';

import { defineMethods } from '../method.ts';
import { countSchema, idSchema, sessionKeySchema } from '../scalars.ts';
import { attachmentSchema, sendResultSchema } from '../send.ts';
import { entrySchema, resolvedModelSchema } from './row.ts';

/** What a session has no choice of its own in: `null`, which says just that, is all there is. */
const neverOwn = {
  thinkingLevel: z.null().optional(),
  fastMode: z.null().optional(),
  contextWindow: z.null().optional(),
  verboseLevel: z.null().optional(),
  traceLevel: z.null().optional(),
  reasoningLevel: z.null().optional(),
  responseUsage: z.null().optional(),
  permissionMode: z.null().optional(),
  toolOverrides: z.null().optional(),
  sendPolicy: z.null().optional(),
};

/** Methods that change sessions. */
export const sessionChangeMethods = defineMethods({
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
      /** Also what was accepted and waits for its turn. */
      clearQueued: z.boolean().optional(),
    }),
    result: z.strictObject({
      ok: z.literal(true),
      aborted: z.boolean(),
      runIds: z.array(idSchema),
    }),
    summary: 'Stops the runs of a session, or one run.',
  },
  'sessions.create': {
    scope: 'operator.write',
    params: z.strictObject({
      /** Default: a new one. A key without `agent:` is one of the agent's. */
      key: sessionKeySchema.optional(),
      agentId: idSchema.optional(),
      label: idSchema.max(512).optional(),
      /** Used as the label where none is given. */
      displayName: idSchema.max(500).optional(),
      /** Only the model that answers anyway: sessions have no models of their own. */
      model: idSchema.nullable().optional(),
      /** Becomes the run id of the first message. */
      idempotencyKey: idSchema.max(256).optional(),
      message: z.string().optional(),
      /** The same as `message`. */
      task: z.string().optional(),
      attachments: z.array(attachmentSchema).max(32).optional(),
      /** Where the client comes from: accepted, no effect. No right is ever handed on by it. */
      parentSessionKey: sessionKeySchema.optional(),
      emitCommandHooks: z.boolean().optional(),
      succeedsParent: z.boolean().optional(),
    }),
    result: z.strictObject({
      ok: z.literal(true),
      key: idSchema,
      sessionId: idSchema,
      entry: entrySchema,
      resolved: resolvedModelSchema,
      runStarted: z.boolean(),
      runId: idSchema.optional(),
    }),
    summary: 'Makes a session, or finds the one of that key, and sends the first message if any.',
  },
  'sessions.patch': {
    scope: 'operator.write',
    params: z.strictObject({
      key: sessionKeySchema,
      agentId: idSchema.optional(),
      expectedSessionId: idSchema.optional(),
      /** `null` removes it. */
      label: idSchema.max(512).nullable().optional(),
      pinned: z.boolean().optional(),
      /** A main session stays. */
      archived: z.boolean().optional(),
      /** Nothing here is ever unread. */
      unread: z.literal(false).optional(),
      expectedMarkedUnreadAt: z.null().optional(),
      /** Only `null`, or the model that answers anyway: sessions have no models of their own. */
      model: idSchema.nullable().optional(),
      ...neverOwn,
    }),
    result: z.strictObject({
      ok: z.literal(true),
      path: idSchema,
      key: idSchema,
      entry: entrySchema,
      resolved: resolvedModelSchema,
    }),
    summary: 'Names, pins or archives a session.',
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
      /** It always goes with its session. */
      deleteTranscript: z.literal(true).optional(),
      expectedSessionId: idSchema.optional(),
      /** Milliseconds since 1970: refused where the session changed since. */
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
