/**
 * `POST /v1/responses`.
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

const textPartSchema = z.strictObject({
  type: z.enum(['input_text', 'output_text', 'text']),
  text: z.string(),
  annotations: z.array(z.json()).nullish(),
  logprobs: z.array(z.json()).nullish(),
});

const imagePartSchema = z.strictObject({
  type: z.literal('input_image'),
  image_url: imageUrlSchema,
  detail: z.string().nullish(),
});

const itemSchema = z.strictObject({
  type: z.literal('message').nullish(),
  id: z.string().nullish(),
  status: z.string().nullish(),
  role: z.enum(['user', 'assistant', 'system', 'developer']),
  content: z.union([z.string(), z.array(z.union([textPartSchema, imagePartSchema]))]),
});

/** A request of `/v1/responses`. */
export const responsesRequestSchema = z.strictObject({
  model: agentTargetSchema,
  input: z.union([z.string(), z.array(itemSchema).min(1).max(MOST_MESSAGES)]),
  /** Data like everything a client sends: it never becomes an instruction of the agent. */
  instructions: z.string().nullish(),
  /** Goes on after the latest answer of its session. */
  previous_response_id: z.string().min(1).max(512).nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.strictObject({ include_obfuscation: z.boolean().nullish() }).nullish(),
  user: userSchema,
  /** `false`: nothing can go on after the answer. */
  store: z.boolean().nullish(),
  max_output_tokens: z.number().nullish(),
  text: z
    .strictObject({
      format: z.strictObject({ type: z.literal('text') }).nullish(),
      verbosity: z.string().nullish(),
    })
    .nullish(),
  reasoning: z.looseObject({}).nullish(),
  truncation: z.string().nullish(),
  ...samplingParams,
});

/** A request of `/v1/responses`, checked. */
export type ResponsesRequest = z.infer<typeof responsesRequestSchema>;
