/**
 * The event `chat`: an answer being written.
 *
 * @module
 */
import { z } from 'zod';

import { usageSchema } from '../message.ts';
import { countSchema, idSchema, timestampSchema } from '../scalars.ts';

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
