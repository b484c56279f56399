/**
 * The three frames: request, response, event. Each is one JSON object in one text message.
 *
 * @module
 */
import { z } from 'zod';

import { errorShapeSchema } from './errors.ts';
import { countSchema, idSchema } from './scalars.ts';

/** What a client sends. */
export const requestFrameSchema = z.strictObject({
  type: z.literal('req'),
  /** Chosen by the client, echoed in the response. */
  id: idSchema,
  method: idSchema,
  params: z.unknown().optional(),
  traceparent: z.string().max(128).optional(),
  expectedProfileId: z.unknown().optional(),
});

/** What a client sends. */
export type RequestFrame = z.infer<typeof requestFrameSchema>;

/** The answer to a request. Only `agent` gives two to one id. */
export const responseFrameSchema = z.strictObject({
  type: z.literal('res'),
  id: idSchema,
  ok: z.boolean(),
  payload: z.unknown().optional(),
  error: errorShapeSchema.optional(),
});

/** The answer to a request. */
export type ResponseFrame = z.infer<typeof responseFrameSchema>;

/** How new the snapshot parts are: a rising number each. */
export const stateVersionSchema = z.strictObject({ presence: countSchema, health: countSchema });

/** What the gateway tells by itself. */
export const eventFrameSchema = z.strictObject({
  type: z.literal('event'),
  event: idSchema,
  payload: z.unknown().optional(),
  /** Per connection, from 1, without holes. A client that sees a hole reconnects. */
  seq: countSchema.optional(),
  stateVersion: stateVersionSchema.optional(),
});

/** What the gateway tells by itself. */
export type EventFrame = z.infer<typeof eventFrameSchema>;
