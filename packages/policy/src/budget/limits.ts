/**
 * The budgets a config sets: whose spending they count, of what, over which time.
 *
 * @module
 */
import { InvalidSetting, setting } from '../setting.ts';

/** Whose spending one limit counts: each sender's, each channel's, each agent's, or all of it. */
export type BudgetScope = 'sender' | 'channel' | 'agent' | 'global';

/** What is counted: model tokens, money, tool calls, outbound messages. */
export type Meter = 'tokens' | 'cost' | 'toolCalls' | 'messages';

/** One limit of a config. */
export interface BudgetLimit {
  /** Its config path: `budgets.sender.tokensPerDay`. */
  readonly path: string;
  readonly scope: BudgetScope;
  readonly meter: Meter;
  /** Length of its window in milliseconds: an hour or a day. Windows begin at whole ones of UTC. */
  readonly windowMs: number;
  /** Most that may be spent in a window. Undefined: the setting cannot be read, so nothing may. */
  readonly limit: number | undefined;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Every scope, the narrowest first. */
export const BUDGET_SCOPES: readonly BudgetScope[] = ['sender', 'channel', 'agent', 'global'];

const KEYS = [
  { key: 'tokensPerDay', meter: 'tokens', windowMs: DAY_MS },
  { key: 'costPerDay', meter: 'cost', windowMs: DAY_MS },
  { key: 'toolCallsPerHour', meter: 'toolCalls', windowMs: HOUR_MS },
  { key: 'messagesPerHour', meter: 'messages', windowMs: HOUR_MS },
  { key: 'messagesPerDay', meter: 'messages', windowMs: DAY_MS },
] as const;

/** The limits a config sets, in the order they are asked. Never throws. */
export function budgetLimits(config: unknown): readonly BudgetLimit[] {
  return BUDGET_SCOPES.flatMap((scope) =>
    KEYS.flatMap(({ key, meter, windowMs }): readonly BudgetLimit[] => {
      const path = `budgets.${scope}.${key}`;
      const limit = readLimit(config, scope, key);
      if (limit === 'unset') return [];
      return [{ path, scope, meter, windowMs, limit: limit === 'unreadable' ? undefined : limit }];
    }),
  );
}

function readLimit(config: unknown, scope: string, key: string): number | 'unset' | 'unreadable' {
  try {
    const { value } = setting(config, 'budgets', scope, key);
    if (value === undefined) return 'unset';
    return isAmount(value) ? value : 'unreadable';
  } catch (error) {
    if (error instanceof InvalidSetting) return 'unreadable';
    throw error;
  }
}

/** Whether a value is an amount that can be counted: a finite number from 0. */
export function isAmount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

/** When the window that holds `now` began, both in milliseconds since 1970. */
export function windowStart(now: number, windowMs: number): number {
  return Math.floor(now / windowMs) * windowMs;
}
