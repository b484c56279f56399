/**
 * Methods on budgets.
 *
 * @module
 */
import type { Handlers } from '../../plane.ts';

/** Methods on budgets. */
export const budgetHandlers: Handlers<'budgets.list'> = {
  'budgets.list': async (_params, { services }) => ({
    items: [...(await services.budgets.list())],
  }),
};
