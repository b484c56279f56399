/**
 * Budgets under their operation names: `(config, input) => Decision`.
 *
 * @module
 */
import type { Decision } from '@portcullis/core';
import { type BudgetInput, decideBudget } from './decide.ts';

/** Operation names to decisions. Inputs are checked by the decisions themselves. */
export const budgetOps: Readonly<Record<string, (config: unknown, input: unknown) => Decision>> = {
  'budget.decide': (config, input) => decideBudget(config, input as BudgetInput),
};
