/**
 * Methods on what models were used for.
 *
 * @module
 */
import type { MethodParams, MethodResult } from '@portcullis/protocol';

import type { BudgetItem, Services, UsageDay } from '../../../services.ts';
import type { Handlers } from '../../plane.ts';
import { invalidRequest } from '../../refusal.ts';

type Cost = MethodResult<'usage.cost'>;

const DAY_MS = 86_400_000;
const DEFAULT_DAYS = 30;
const MAX_DAYS = 366;

/** Windows in one answer. */
const MAX_WINDOWS = 100;

function startOf(date: string): number {
  const at = Date.parse(`${date}T00:00:00Z`);
  if (Number.isNaN(at)) throw invalidRequest(`there is no day ${date}`);
  return at;
}

/** The first moment of the first day, and the last one of the last. */
function rangeOf(params: MethodParams<'usage.cost'>): { from: number; until: number } {
  const { startDate, endDate, days = DEFAULT_DAYS } = params;
  const today = startOf(new Date().toISOString().slice(0, 10));
  const last = endDate === undefined ? today : startOf(endDate);
  const first = startDate === undefined ? last - (days - 1) * DAY_MS : startOf(startDate);
  if (first > last) throw invalidRequest('startDate is after endDate');
  if (last - first >= MAX_DAYS * DAY_MS) throw invalidRequest(`at most ${MAX_DAYS} days at once`);
  return { from: first, until: last + DAY_MS - 1 };
}

function totalsOf(days: readonly UsageDay[]): Cost['totals'] {
  const sum = (of: (day: UsageDay) => number): number =>
    days.reduce((total, day) => total + of(day), 0);
  const input = sum((day) => day.input);
  const output = sum((day) => day.output);
  const inputCost = sum((day) => day.inputCost);
  const outputCost = sum((day) => day.outputCost);
  return {
    input,
    output,
    // Providers count what they read from their caches as input; the transcripts keep the sum.
    cacheRead: 0,
    cacheWrite: 0,
    totalTokens: input + output,
    totalCost: inputCost + outputCost,
    inputCost,
    outputCost,
    cacheReadCost: 0,
    cacheWriteCost: 0,
    missingCostEntries: sum((day) => day.unpriced),
  };
}

async function cost(params: MethodParams<'usage.cost'>, services: Services): Promise<Cost> {
  const { agentId } = params;
  if (agentId !== undefined && params.agentScope !== undefined) {
    throw invalidRequest('agentScope=all cannot be combined with agentId');
  }
  const range = rangeOf(params);
  const days = await services.usage.days({ ...range, ...(agentId !== undefined && { agentId }) });
  return {
    updatedAt: Date.now(),
    days: Math.round((range.until + 1 - range.from) / DAY_MS),
    daily: days.map((day) => ({ date: day.date, ...totalsOf([day]) })),
    totals: totalsOf(days),
  };
}

function windowOf({ path, subject, used, limit, freesAt }: BudgetItem) {
  return {
    label: subject === undefined || subject === '*' ? path : `${path} ${subject}`,
    usedPercent: limit === 0 ? 100 : Math.min(100, (used / limit) * 100),
    resetAt: freesAt,
  };
}

/** Methods on use. */
export const usageHandlers: Handlers<'usage.cost' | 'usage.status'> = {
  'usage.cost': (params, { services }) => cost(params, services),
  'usage.status': async (_params, { services }) => {
    const windows = (await services.budgets.list()).slice(0, MAX_WINDOWS).map(windowOf);
    const budgets = { provider: 'portcullis', displayName: 'Budgets', windows };
    return { updatedAt: Date.now(), providers: windows.length === 0 ? [] : [budgets] };
  },
};
