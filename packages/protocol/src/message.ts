/**
 * A message of a transcript, as clients show it.
 *
 * @module
 */
import { z } from 'zod';

import { countSchema, idSchema, integer, timestampSchema } from './scalars.ts';

/** One part of a message. */
export const contentPartSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text'), text: z.string() }),
  z.strictObject({ type: z.literal('image'), mimeType: z.string(), data: z.string() }),
  z.strictObject({
    type: z.literal('toolCall'),
    id: idSchema,
    name: idSchema,
    arguments: z.json(),
  }),
]);

/** One part of a message. */
export type ContentPart = z.infer<typeof contentPartSchema>;

/** Tokens of one answer. */
export const usageSchema = z.strictObject({
  input: countSchema.optional(),
  output: countSchema.optional(),
  totalTokens: countSchema.optional(),
});

/** One message of a transcript. */
export const messageSchema = z.strictObject({
  role: z.enum(['user', 'assistant', 'toolResult']),
  content: z.array(contentPartSchema),
  timestamp: timestampSchema,
  idempotencyKey: idSchema.optional(),
  provider: z.string().optional(),
  model: z.string().optional(),
  usage: usageSchema.optional(),
  stopReason: z.string().optional(),
  errorMessage: z.string().optional(),
  /** Of a tool result: which call it answers. */
  toolCallId: idSchema.optional(),
  toolName: idSchema.optional(),
  isError: z.boolean().optional(),
  /** Where the message stands: id, and position in its session from 1. */
  __openclaw: z.strictObject({
    id: idSchema,
    seq: integer().min(1),
    runId: idSchema.optional(),
    recordTimestampMs: timestampSchema,
  }),
});

/** One message of a transcript. */
export type Message = z.infer<typeof messageSchema>;
