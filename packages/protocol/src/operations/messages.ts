/**
 * Messages that operators send themselves.
 *
 * @module
 */
import { z } from 'zod';

import { defineMethods } from '../method.ts';
import { countSchema, idSchema } from '../scalars.ts';

/** Methods that send messages. */
export const messageMethods = defineMethods({
  send: {
    scope: 'operator.write',
    params: z.strictObject({
      /** An id of the network, `group:<id>` or `channel:<id>`; or all of it: `telegram:group:-100`. */
      to: idSchema.max(250),
      message: z.string().trim().min(1).max(100_000),
      /** Unless `to` names it. */
      channel: idSchema.max(64).optional(),
      accountId: idSchema.max(64).optional(),
      threadId: idSchema.max(64).optional(),
      /** A file that goes with it, in base64, under `filename`. */
      buffer: z.base64().max(14_000_000).optional(),
      filename: idSchema.max(255).optional(),
      contentType: z
        .string()
        .max(255)
        .regex(/^[\w.+-]+\/[\w.+-]+$/u)
        .optional(),
      replyToId: idSchema.max(128).optional(),
      idempotencyKey: idSchema.max(256),
      /** Decides, and sends nothing. */
      dryRun: z.boolean().optional(),
    }),
    result: z.strictObject({
      /** Equal to the idempotency key. */
      runId: idSchema,
      channel: idSchema,
      accountId: idSchema,
      conversationId: idSchema,
      /** `pending`: it waits in the outbox, or is on its way still. */
      status: z.enum(['sent', 'pending', 'failed', 'unknown', 'rehearsed']),
      /** The network's id of the first piece. */
      messageId: idSchema.optional(),
      messageIds: z.array(idSchema),
      parts: countSchema,
      /** The same message was sent before, and was not sent again. */
      repeated: z.boolean(),
      /** Code of what let it go. */
      decision: idSchema,
      error: z.string().optional(),
    }),
    summary:
      'Sends a message to a person or a room, by the decisions a message of the agent goes by. Nobody is asked: what needs an approval is refused.',
  },
});
