/**
 * One call of one tool, over HTTP and over the WebSocket.
 *
 * @module
 */
import { z } from 'zod';

import { idSchema, sessionKeySchema } from '../scalars.ts';

/** What a caller may say about a call. Whether it is allowed is nothing he can say. */
export const invokeParams = {
  tool: idSchema.max(256).optional(),
  name: idSchema.max(256).optional(),
  args: z.record(z.string(), z.json()).optional(),
  /** Put into the arguments as `action`, where they have none. */
  action: idSchema.max(128).optional(),
  /** Default: the main session of the agent. Nothing is called in a session that does not exist. */
  sessionKey: sessionKeySchema.optional(),
  agentId: idSchema.max(64).optional(),
  /** Of two calls with the same one, the tool runs once. */
  idempotencyKey: idSchema.max(256).optional(),
};

/** A request of `POST /tools/invoke`. */
export const invokeRequestSchema = z.strictObject(invokeParams);

/** A request of `POST /tools/invoke`, checked. */
export type InvokeRequest = z.infer<typeof invokeRequestSchema>;
