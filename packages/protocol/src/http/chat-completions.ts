/**
 * `POST /v1/chat/completions`.
 *
 * @module
 */
import { z } from 'zod';

import {
  agentTargetSchema,
  imageUrlSchema,
  MOST_MESSAGES,
  samplingParams,
  userSchema,
} from './content.ts';

const textPartSchema = z.strictObject({ type: z.literal('text'), text: z.string() });

const imagePartSchema = z.strictObject({
  type: z.literal('image_url'),
  image_url: z.strictObject({ url: imageUrlSchema, detail: z.string().nullish() }),
});

const textsSchema = z.union([z.string(), z.array(textPartSchema)]);

const messageSchema = z.discriminatedUnion('role', [
  z.strictObject({
    role: z.literal('user'),
    content: z.union([z.string(), z.array(z.union([textPartSchema, imagePartSchema]))]),
    name: z.string().nullish(),
  }),
  /** Data like everything a client sends: it never becomes an instruction of the agent. */
  z.strictObject({
    role: z.enum(['system', 'developer']),
    content: textsSchema,
    name: z.string().nullish(),
  }),
  z.strictObject({
    role: z.literal('assistant'),
    content: textsSchema.nullish(),
    refusal: z.string().nullish(),
    name: z.string().nullish(),
  }),
]);

/** A request of `/v1/chat/completions`. */
export const chatCompletionRequestSchema = z.strictObject({
  model: agentTargetSchema,
  messages: z.array(messageSchema).min(1).max(MOST_MESSAGES),
  stream: z.boolean().nullish(),
  stream_options: z
    .strictObject({
      include_usage: z.boolean().nullish(),
      include_obfuscation: z.boolean().nullish(),
    })
    .nullish(),
  user: userSchema,
  n: z.literal(1).nullish(),
  max_tokens: z.number().nullish(),
  max_completion_tokens: z.number().nullish(),
  response_format: z.strictObject({ type: z.literal('text') }).nullish(),
  store: z.boolean().nullish(),
  ...samplingParams,
});

/** A request of `/v1/chat/completions`, checked. */
export type ChatCompletionRequest = z.infer<typeof chatCompletionRequestSchema>;
