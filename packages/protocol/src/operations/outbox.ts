/**
 * What waits to go out, and what did not arrive for sure.
 *
 * @module
 */
import { z } from 'zod';

import { defineMethods } from '../method.ts';
import { countSchema, idSchema, integer, timestampSchema } from '../scalars.ts';

const stateSchema = z.enum(['pending', 'sending', 'sent', 'unknown', 'failed']);

/** One outbound message. */
export const outboxItemSchema = z.strictObject({
  id: idSchema,
  /** `unknown`: it may have been delivered. */
  state: stateSchema,
  channel: idSchema,
  accountId: idSchema,
  conversationId: idSchema,
  createdAt: timestampSchema,
  attempts: countSchema,
  part: countSchema,
  parts: countSchema,
  preview: z.string(),
  error: z.string().optional(),
  messageId: z.string().optional(),
});

const itemParamsSchema = z.strictObject({ id: idSchema.max(256) });
const itemResultSchema = z.strictObject({ item: outboxItemSchema });

/** Methods on the outbox. */
export const outboxMethods = defineMethods({
  'outbox.list': {
    scope: 'operator.read',
    params: z.strictObject({
      state: stateSchema.optional(),
      limit: integer().min(1).max(1000).optional(),
    }),
    result: z.strictObject({ items: z.array(outboxItemSchema) }),
    summary: 'Outbound messages, by state.',
  },
  'outbox.retry': {
    scope: 'operator.admin',
    params: itemParamsSchema,
    result: itemResultSchema,
    summary: 'Sends a doubtful or failed message again; the receiver may see it twice.',
  },
  'outbox.drop': {
    scope: 'operator.admin',
    params: itemParamsSchema,
    result: itemResultSchema,
    summary: 'Gives a doubtful or failed message up.',
  },
});
