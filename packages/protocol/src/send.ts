/**
 * What `chat.send`, `sessions.send` and `agent` have in common.
 *
 * @module
 */
import { z } from 'zod';

import { countSchema, idSchema } from './scalars.ts';

/** A file that comes with a message. Clients add their own fields; they have no effect. */
export const attachmentSchema = z.looseObject({
  type: z.string().optional(),
  mimeType: z.string().max(255).optional(),
  fileName: z.string().max(1024).optional(),
  /** Base64, at most 19,464,192 bytes decoded. */
  content: z.string().optional(),
  sizeBytes: countSchema.optional(),
});

/** A file that comes with a message. */
export type Attachment = z.infer<typeof attachmentSchema>;

/** What became of a message. `started` is given after it is stored durably. */
export const sendResultSchema = z.strictObject({
  /** Equal to the idempotency key. */
  runId: idSchema,
  status: z.enum(['started', 'in_flight', 'ok', 'error']),
});
