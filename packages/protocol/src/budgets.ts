/**
 * What may be spent, and what was.
 *
 * @module
 */
import { z } from 'zod';

import { defineMethods } from './method.ts';
import { idSchema, noParamsSchema, timestampSchema } from './scalars.ts';

const amountSchema = z.number().nonnegative();

/** What one spender spent under one limit, in the window that is open. */
export const budgetItemSchema = z.strictObject({
  /** Config path of the limit: `budgets.sender.tokensPerDay`. */
  path: z.string(),
  scope: z.enum(['sender', 'channel', 'agent', 'global']),
  meter: z.enum(['tokens', 'cost', 'toolCalls', 'messages']),
  /** Principal, channel or agent; `*` for all. Absent where nobody spent anything. */
  subject: idSchema.optional(),
  limit: amountSchema,
  used: amountSchema,
  /** When the window ends. */
  freesAt: timestampSchema,
});

/** Methods on budgets. */
export const budgetMethods = defineMethods({
  'budgets.list': {
    scope: 'operator.read',
    params: noParamsSchema,
    result: z.strictObject({ items: z.array(budgetItemSchema) }),
    summary: 'Limits on spending, with what was spent under each.',
  },
});
