/**
 * What models were used for, and what is left of the budgets.
 *
 * @module
 */
import { z } from 'zod';

import { defineMethods } from '../method.ts';
import { countSchema, idSchema, integer, timestampSchema } from '../scalars.ts';

const costSchema = z.number().min(0);

const totalsFields = {
  input: countSchema,
  output: countSchema,
  cacheRead: countSchema,
  cacheWrite: countSchema,
  totalTokens: countSchema,
  /** In the currency of the price list. */
  totalCost: costSchema,
  inputCost: costSchema,
  outputCost: costSchema,
  cacheReadCost: costSchema,
  cacheWriteCost: costSchema,
  /** Answers of models that nobody gave a price. */
  missingCostEntries: countSchema,
};

const daySchema = z.string().regex(/^\d{4}-\d{2}-\d{2}$/);

/** Methods on use. */
export const usageMethods = defineMethods({
  'usage.cost': {
    scope: 'operator.read',
    params: z.strictObject({
      /** Default 30. Today is the last one. */
      days: integer().min(1).max(366).optional(),
      /** Default: all agents. */
      agentId: idSchema.optional(),
      agentScope: z.literal('all').optional(),
      startDate: daySchema.optional(),
      endDate: daySchema.optional(),
      mode: z.enum(['utc', 'gateway', 'specific']).optional(),
      timeZone: idSchema.max(64).optional(),
      utcOffset: z.string().max(16).optional(),
    }),
    result: z.strictObject({
      updatedAt: timestampSchema,
      days: countSchema,
      /** Days on which something was used, oldest first. Days are those of UTC. */
      daily: z.array(z.strictObject({ date: daySchema, ...totalsFields })),
      totals: z.strictObject(totalsFields),
    }),
    summary: 'Tokens and cost of the answers in the transcripts that are kept, by day.',
  },
  'usage.status': {
    scope: 'operator.read',
    params: z.strictObject({}),
    result: z.strictObject({
      updatedAt: timestampSchema,
      providers: z.array(
        z.strictObject({
          provider: idSchema,
          displayName: idSchema,
          windows: z.array(
            z.strictObject({
              label: idSchema,
              usedPercent: z.number().min(0).max(100),
              resetAt: timestampSchema,
            }),
          ),
        }),
      ),
    }),
    summary: 'How much of each budget is used up. Providers are not asked for their quotas.',
  },
});
