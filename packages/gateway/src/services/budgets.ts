/**
 * Budgets, as the control plane sees them.
 *
 * @module
 */

/** What one spender spent under one limit, in the window that is open. */
export interface BudgetItem {
  /** Config path of the limit: `budgets.sender.tokensPerDay`. */
  readonly path: string;
  readonly scope: 'sender' | 'channel' | 'agent' | 'global';
  readonly meter: 'tokens' | 'cost' | 'toolCalls' | 'messages';
  /** Principal, channel or agent; `*` for all. Absent where nobody spent anything. */
  readonly subject?: string;
  readonly limit: number;
  readonly used: number;
  /** When the window ends, in milliseconds since 1970. */
  readonly freesAt: number;
}

/** What may be spent, and what was. */
export interface BudgetService {
  /** Every limit of the config with those who spend under it. */
  list(): Promise<readonly BudgetItem[]>;
}
