/**
 * What people hear when a budget is used up: what ran out, and when it frees up. Nothing about the
 * inside to anybody but the owner, and not more often than once an hour.
 *
 * @module
 */
import { type Decision, PortcullisError, type Table, type Tx, defineTable } from '@portcullis/core';
import type { BudgetRefusal } from '@portcullis/policy/budget';

import { refusalOf } from './budgets.ts';

/** When somebody was last told something. */
interface ToldRow {
  readonly at: number;
}

/** By what was told to whom. */
export const toldTable: Table<ToldRow> = defineTable<ToldRow>('told', { byTime: ['at'] });

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** The refusal behind an error, where a budget refused. */
export function budgetDecision(error: unknown): Decision | undefined {
  if (!PortcullisError.is(error) || !error.code.startsWith('budget.')) return undefined;
  return error.details?.['decision'] as Decision | undefined;
}

/** Whether this may be told now: at most once an hour. Counts as told then. */
export async function mayTell(tx: Tx, key: string, now: number): Promise<boolean> {
  const told = await tx.get(toldTable, key);
  if (told !== undefined && now - told.at < HOUR_MS) return false;
  tx.put(toldTable, key, { at: now });
  return true;
}

/** Forgets what was told before `before`, a bounded number. Returns how many. */
export async function sweepTold(tx: Tx, before: number): Promise<number> {
  const old = await tx.find(toldTable, { index: 'byTime', upTo: before, limit: 500 });
  for (const { key } of old) tx.delete(toldTable, key);
  return old.length;
}

/** What a person hears of a refusal. */
export function budgetSentence(decision: Decision, now: number, isOwner: boolean): string {
  const refusal = refusalOf(decision);
  const plain = refusal === undefined ? UNKNOWN_COST : exhausted(refusal, now);
  if (!isOwner) return plain;
  const used =
    refusal === undefined
      ? ''
      : ` is ${String(refusal.limit)}, ${rounded(refusal.used)} of it used`;
  return `${plain} (${decision.path}${used}; run "openclaw budgets" to see all.)`;
}

const UNKNOWN_COST =
  'I may not answer: there is a limit on costs, and what this would cost is not known. Please tell the owner.';

const WHOSE = {
  sender: 'Your',
  channel: "This channel's",
  agent: 'My',
  global: 'My',
} as const;

const WHAT = {
  tokens: 'allowance for answers',
  cost: 'allowance for costs',
  toolCalls: 'allowance for actions',
  messages: 'allowance of messages',
} as const;

function exhausted({ scope, meter, windowMs, freesAt }: BudgetRefusal, now: number): string {
  const often = windowMs === HOUR_MS ? 'hourly' : 'daily';
  const what = `${WHOSE[scope]} ${often} ${WHAT[meter]}`;
  if (freesAt === undefined) {
    return `${what} is smaller than what this needs. Please tell the owner.`;
  }
  const clock = new Date(freesAt).toISOString().slice(11, 16);
  return `${what} is used up. It is renewed at ${clock} UTC, ${inAWhile(freesAt - now)}.`;
}

function inAWhile(ms: number): string {
  const minutes = Math.max(1, Math.ceil(ms / MINUTE_MS));
  if (minutes < 90) return `in ${String(minutes)} ${minutes === 1 ? 'minute' : 'minutes'}`;
  return `in about ${String(Math.round(minutes / 60))} hours`;
}

function rounded(amount: number): string {
  return String(Math.round(amount * 10_000) / 10_000);
}
