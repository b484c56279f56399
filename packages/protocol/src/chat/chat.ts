/**
 * Operator chat: send, abort.
 *
 * @module
 */
import { z } from 'zod';

import { defineMethods } from '../method.ts';
import { modelRowSchema } from '../models.ts';
import { countSchema, idSchema, integer, sessionKeySchema } from '../scalars.ts';
import { attachmentSchema, sendResultSchema } from '../send.ts';

/**
 * What clients of this protocol send with every message and nothing here hangs on. What would ask for
 * something else to be done, or to be checked first, is refused instead.
 */
const withoutEffect = {
  intent: z.unknown().optional(),
  thinking: z.string().optional(),
  fastMode: z.union([z.boolean(), z.literal('auto')]).optional(),
  fastAutoOnSeconds: integer().min(1).optional(),
  queueMode: z.enum(['steer', 'followup', 'collect', 'interrupt']).optional(),
  /** The answer goes to the clients that listen, and to no channel. */
  deliver: z.literal(false).optional(),
  replyToId: idSchema.optional(),
  timeoutMs: countSchema.optional(),
  suppressCommandInterpretation: z.boolean().optional(),
  /** Sessions have neither of their own. */
  expectedPermissionMode: z.null().optional(),
  expectedToolOverrides: z.null().optional(),
  mentions: z.unknown().optional(),
  workContext: z.unknown().optional(),
};

/** Methods of operator chat. */
export const chatMethods = defineMethods({
  'chat.send': {
    scope: 'operator.write',
    params: z.strictObject({
      sessionKey: sessionKeySchema,
      agentId: idSchema.optional(),
      sessionId: idSchema.optional(),
      message: z.string(),
      /** Becomes the run id; a repeat is not processed again. */
      idempotencyKey: idSchema.max(256),
      attachments: z.array(attachmentSchema).max(32).optional(),
      /** Id of the newest message the client knows, null for an empty session. */
      expectedLeafEntryId: idSchema.nullable().optional(),
      ...withoutEffect,
    }),
    result: sendResultSchema,
    summary: 'Sends a message to the agent; the answer comes as `chat` events.',
  },
  'chat.abort': {
    scope: 'operator.write',
    params: z.strictObject({
      sessionKey: sessionKeySchema,
      runId: idSchema.optional(),
      agentId: idSchema.optional(),
      preserveSideRuns: z.boolean().optional(),
    }),
    result: z.strictObject({
      ok: z.literal(true),
      aborted: z.boolean(),
      runIds: z.array(idSchema),
    }),
    summary: 'Stops the runs of a session, or one run, and its request to the model.',
  },
  'chat.metadata': {
    scope: 'operator.read',
    params: z.strictObject({
      sessionKey: sessionKeySchema.optional(),
      agentId: idSchema.optional(),
      authProfileId: z.string().optional(),
    }),
    result: z.strictObject({ models: z.array(modelRowSchema), commands: z.array(z.never()) }),
    summary: 'Models and commands a chat page may offer.',
  },
});
