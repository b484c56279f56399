/**
 * What messages of the OpenAI-compatible endpoints are made of.
 *
 * @module
 */
import { z } from 'zod';

/** Most messages of one request. */
export const MOST_MESSAGES = 512;

/** A small image as a data URL. Nothing is ever fetched for a request. */
export const imageUrlSchema = z
  .string()
  .max(2_097_152)
  .regex(/^data:image\/(?:png|jpeg|webp|gif);base64,[A-Za-z0-9+/]+={0,2}$/u, {
    error: 'must be a base64 data URL of a PNG, JPEG, WebP or GIF image',
  });

/** Parameters that steer a model's sampling: taken, and without effect, since the agent's model is its own. */
export const samplingParams = {
  temperature: z.number().nullish(),
  top_p: z.number().nullish(),
  seed: z.number().nullish(),
  stop: z.union([z.string(), z.array(z.string())]).nullish(),
  presence_penalty: z.number().nullish(),
  frequency_penalty: z.number().nullish(),
  reasoning_effort: z.string().nullish(),
  verbosity: z.string().nullish(),
  metadata: z.record(z.string(), z.string()).nullish(),
  safety_identifier: z.string().nullish(),
  prompt_cache_key: z.string().nullish(),
  service_tier: z.string().nullish(),
  parallel_tool_calls: z.boolean().nullish(),
};

/** Which agent answers: `openclaw`, `openclaw/default`, `openclaw/<agentId>`. */
export const agentTargetSchema = z.string().min(1).max(128);

/** Names the caller's own user: the same one comes back to the same session. */
export const userSchema = z.string().min(1).max(512).nullish();
