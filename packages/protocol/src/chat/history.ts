/**
 * Transcripts, as clients of the chat read them.
 *
 * @module
 */
import { z } from 'zod';

import { messageSchema } from '../message.ts';
import { defineMethods } from '../method.ts';
import { countSchema, idSchema, integer, sessionKeySchema, timestampSchema } from '../scalars.ts';
import { sessionDefaultsSchema, sessionRowSchema } from '../sessions/row.ts';

const pageParams = {
  agentId: idSchema.optional(),
  /** A `deltaCursor` from before: only what came since. */
  cursor: z.string().max(512).optional(),
  limit: integer().min(1).max(1000).optional(),
  /** Counted from the newest message. */
  offset: countSchema.optional(),
  maxBytes: integer().min(1024).optional(),
  maxChars: integer().min(1).max(500_000).optional(),
  /** The page that has this message, half of it older ones. */
  messageId: idSchema.optional(),
  /** Refused where the session has begun anew since. */
  sessionId: idSchema.optional(),
  /** A `nextBefore` from before: what waits earlier in the line. */
  pendingBefore: integer().min(1).optional(),
  /** Of what waits, only these runs. */
  inputRunIds: z.array(idSchema.max(256)).min(1).max(50).optional(),
};

const historyParamsSchema = z.strictObject({ sessionKey: sessionKeySchema, ...pageParams });

/** `sessionKey` or `shortId`. */
const startupParamsSchema = z.strictObject({
  ...pageParams,
  sessionKey: sessionKeySchema.optional(),
  /** The beginning of a session id. */
  shortId: idSchema.max(64).optional(),
  slugHint: z.string().max(512).optional(),
});

const inFlightSchema = z.strictObject({
  runId: idSchema,
  text: z.string(),
  startedAt: timestampSchema,
});

/** What was accepted and waits for its turn, in the order of the turns. */
const pendingSchema = z.strictObject({
  items: z
    .array(
      z.strictObject({
        id: idSchema,
        runId: idSchema.max(256).optional(),
        message: z.strictObject({
          role: z.literal('user'),
          content: z.array(z.strictObject({ type: z.literal('text'), text: z.string() })),
          timestamp: timestampSchema,
        }),
        acceptedAt: timestampSchema,
        state: z.literal('queued'),
      }),
    )
    .max(20),
  /** All that wait in the session. */
  total: countSchema,
  nextBefore: integer().min(1).optional(),
});

const historyResultSchema = z.strictObject({
  sessionKey: idSchema,
  sessionId: idSchema.optional(),
  messages: z.array(messageSchema),
  hasMore: z.boolean(),
  totalMessages: countSchema,
  nextOffset: countSchema.optional(),
  /** Opaque. On the newest page only. */
  deltaCursor: idSchema.optional(),
  pendingInputs: pendingSchema,
  defaults: sessionDefaultsSchema,
  sessionInfo: sessionRowSchema.optional(),
  inFlightRun: inFlightSchema.optional(),
});

const deltaSchema = z.strictObject({
  kind: z.literal('delta'),
  messages: z.array(messageSchema),
  deltaCursor: idSchema,
  sessionInfo: sessionRowSchema,
  pendingInputs: pendingSchema,
  inFlightRun: inFlightSchema.optional(),
});

const historyAnswerSchema = z.union([
  historyResultSchema,
  deltaSchema,
  /** The cursor leads nowhere any more: read the page again. */
  z.strictObject({ kind: z.literal('reset') }),
]);

/** Methods on transcripts. */
export const chatHistoryMethods = defineMethods({
  'chat.history': {
    scope: 'operator.read',
    params: historyParamsSchema,
    result: historyAnswerSchema,
    summary:
      'A page of a transcript, oldest first, or what came since a cursor. An unknown session is empty.',
  },
  'chat.startup': {
    scope: 'operator.read',
    params: startupParamsSchema,
    result: historyAnswerSchema,
    summary: 'What a chat page needs first: the same as `chat.history`.',
  },
  'chat.message.get': {
    scope: 'operator.read',
    params: z.strictObject({
      sessionKey: sessionKeySchema,
      agentId: idSchema.optional(),
      messageId: idSchema.max(256),
      maxChars: integer().min(1).max(2_000_000).optional(),
    }),
    result: z.union([
      z.strictObject({ ok: z.literal(true), message: messageSchema }),
      z.strictObject({
        ok: z.literal(false),
        unavailableReason: z.enum(['not_found', 'oversized']),
      }),
    ]),
    summary: 'One message of a transcript, whole.',
  },
});
