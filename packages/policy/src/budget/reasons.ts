/**
 * The codes of budgets, each with its one sentence.
 *
 * @module
 */
import { verdictsFrom, type Verdicts } from '../verdict.ts';

/** Every code this area answers with. */
export const budgetReasons = {
  'budget.within': 'No budget is exceeded by this.',
  'budget.exhausted': 'A budget does not hold what this would spend.',
  'budget.unpriced': 'A budget counts money, and what this would cost is not known.',
} as const;

/** Writes this area's decisions. */
export const verdict: Verdicts<keyof typeof budgetReasons> = verdictsFrom(budgetReasons);
