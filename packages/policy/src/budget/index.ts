/**
 * Budgets: how much a sender, a channel, an agent and the whole gateway may spend.
 *
 * @module
 */
export {
  type BudgetInput,
  type BudgetRefusal,
  type BudgetRoom,
  type Charge,
  decideBudget,
} from './decide.ts';
export {
  type BudgetLimit,
  type BudgetScope,
  type Meter,
  BUDGET_SCOPES,
  budgetLimits,
  windowStart,
} from './limits.ts';
