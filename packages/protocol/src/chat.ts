/**
 * Operator chat: send, history, abort, and the `chat` event.
 *
 * @module
 */
import { z } from 'zod';

import { messageSchema, usageSchema } from './message.ts';
import { defineMethods } from './method.ts';
import { modelRowSchema } from './models.ts';
import { countSchema, idSchema, integer, sessionKeySchema, timestampSchema } from './scalars.ts';
import { attachmentSchema, sendResultSchema } from './send.ts';
import { sessionDefaultsSchema, sessionRowSchema } from './sessions.ts';

const chatCommon = {
  runId: idSchema,
  sessionKey: idSchema,
  agentId: idSchema.optional(),
  /** Per run, from 1, never falling. */
  seq: countSchema,
};

/** What an assistant said so far, in a `chat` event. */
export const liveMessageSchema = z.strictObject({
  role: z.literal('assistant'),
  content: z.array(z.strictObject({ type: z.literal('text'), text: z.string() })),
  timestamp: timestampSchema,
});

/**
 * Payload of the event `chat`: any number of deltas, then exactly one of final, aborted, error,
 * and nothing after it.
 */
export const chatEventSchema = z.discriminatedUnion('state', [
  z.strictObject({
    ...chatCommon,
    state: z.literal('delta'),
    /** What is new; the whole text when `replace` is true. */
    deltaText: z.string(),
    replace: z.literal(true).optional(),
    /** The whole text so far. */
    message: liveMessageSchema,
  }),
  z.strictObject({
    ...chatCommon,
    state: z.literal('final'),
    message: liveMessageSchema.optional(),
    stopReason: z.string().optional(),
    usage: usageSchema.optional(),
  }),
  z.strictObject({
    ...chatCommon,
    state: z.literal('aborted'),
    stopReason: z.string(),
    message: liveMessageSchema.optional(),
  }),
  z.strictObject({
    ...chatCommon,
    state: z.literal('error'),
    errorMessage: z.string(),
    errorKind: z.enum(['refusal', 'timeout', 'rate_limit', 'context_length', 'unknown']).optional(),
    message: liveMessageSchema.optional(),
  }),
]);

/** Payload of the event `chat`. */
export type ChatEvent = z.infer<typeof chatEventSchema>;

/** Where and how to deliver, as channel clients of this protocol send it: accepted, no effect. */
const withoutEffect = {
  intent: z.unknown().optional(),
  thinking: z.string().optional(),
  fastMode: z.union([z.boolean(), z.literal('auto')]).optional(),
  fastAutoOnSeconds: integer().min(1).optional(),
  queueMode: z.enum(['steer', 'followup', 'collect', 'interrupt']).optional(),
  deliver: z.boolean().optional(),
  originatingChannel: z.string().optional(),
  originatingTo: z.string().optional(),
  originatingAccountId: z.string().optional(),
  originatingThreadId: z.string().optional(),
  replyToId: idSchema.optional(),
  toolBindings: z.unknown().optional(),
  timeoutMs: countSchema.optional(),
  systemInputProvenance: z.unknown().optional(),
  systemProvenanceReceipt: z.string().optional(),
  suppressCommandInterpretation: z.boolean().optional(),
  expectedSessionRoutingContract: idSchema.optional(),
  expectedPermissionMode: z.unknown().optional(),
  expectedToolOverrides: z.unknown().optional(),
  mentions: z.unknown().optional(),
  workContext: z.unknown().optional(),
};

const historyParamsSchema = z.strictObject({
  sessionKey: sessionKeySchema,
  agentId: idSchema.optional(),
  cursor: z.string().optional(),
  limit: integer().min(1).max(1000).optional(),
  /** Counted from the newest message. */
  offset: countSchema.optional(),
  maxBytes: integer().min(1024).optional(),
  maxChars: integer().min(1).max(500_000).optional(),
  messageId: idSchema.optional(),
  sessionId: idSchema.optional(),
  pendingBefore: integer().min(1).optional(),
  inputRunIds: z.array(idSchema.max(256)).min(1).max(50).optional(),
});

const historyResultSchema = z.strictObject({
  sessionKey: idSchema,
  sessionId: idSchema.optional(),
  messages: z.array(messageSchema),
  hasMore: z.boolean(),
  totalMessages: countSchema,
  nextOffset: countSchema.optional(),
  pendingInputs: z.strictObject({ items: z.array(z.never()), total: z.literal(0) }),
  defaults: sessionDefaultsSchema,
  sessionInfo: sessionRowSchema.optional(),
  inFlightRun: z
    .strictObject({ runId: idSchema, text: z.string(), startedAt: timestampSchema })
    .optional(),
});

/** A delta cursor is never given out, so an old one always means: read the page again. */
const historyAnswerSchema = z.union([
  historyResultSchema,
  z.strictObject({ kind: z.literal('reset') }),
]);

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
  'chat.history': {
    scope: 'operator.read',
    params: historyParamsSchema,
    result: historyAnswerSchema,
    summary: 'A page of a transcript, oldest first. An unknown session is empty.',
  },
  'chat.startup': {
    scope: 'operator.read',
    params: historyParamsSchema,
    result: historyAnswerSchema,
    summary: 'What a chat page needs first: the same as `chat.history`.',
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
