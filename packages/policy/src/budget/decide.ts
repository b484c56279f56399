/**
 * Whether something may be spent. Pure: the counters come in, the answer goes out; whoever asks
 * counts what was spent in the same unit of work.
 *
 * @module
 */
import type { Decision } from '@portcullis/core';
import { InvalidSetting, isObject, own } from '../setting.ts';
import { invalid, total } from '../verdict.ts';
import { type BudgetLimit, type Meter, budgetLimits, isAmount, windowStart } from './limits.ts';
import { verdict } from './reasons.ts';

/** Amounts by what is counted. What is absent is not spent. `cost: null`: nobody knows the price. */
export type Charge = { readonly [M in Exclude<Meter, 'cost'>]?: number } & {
  readonly cost?: number | null;
};

/** A question about spending. */
export interface BudgetInput {
  /** What is about to be spent. */
  readonly charge: Charge;
  /**
   * What was spent in the present window, by the path of the limit, for whoever would spend now.
   * Every limit that counts what is charged must be here.
   */
  readonly used: Readonly<Record<string, number>>;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** What a refusal tells beside its path. */
export interface BudgetRefusal {
  readonly scope: BudgetLimit['scope'];
  readonly meter: Meter;
  readonly windowMs: number;
  readonly limit: number;
  readonly used: number;
  /** When the window ends, in milliseconds since 1970. Absent: this alone is more than the limit. */
  readonly freesAt?: number;
}

/** What an allow tells: what is left before this is spent, by meter; absent where nothing limits it. */
export interface BudgetRoom {
  readonly left: { readonly [M in Meter]?: number };
}

const METERS: readonly Meter[] = ['tokens', 'cost', 'toolCalls', 'messages'];
const NO_LIMIT = '<default>budgets';

/**
 * Decides whether a charge stays within every budget. `value` of an allow is a {@link BudgetRoom},
 * of `deny budget.exhausted` a {@link BudgetRefusal} of the limit that holds out longest.
 *
 * Total: any JSON is answered. A limit that cannot be read, a counter that is missing and a price
 * that is not known are refused.
 */
export function decideBudget(config: unknown, input: BudgetInput): Decision {
  return total(() => {
    const question = readInput(input);
    const limits = budgetLimits(config).filter(({ meter }) => question.charge.has(meter));
    const left = new Map<Meter, number>();
    let refusal: Refused | undefined;
    for (const limit of limits) {
      const answer = judge(limit, question);
      if ('effect' in answer) return answer;
      if (answer.amount > answer.room) refusal = longer(refusal, refuse(limit, answer, question));
      left.set(limit.meter, Math.min(answer.room, left.get(limit.meter) ?? Infinity));
    }
    if (refusal !== undefined) {
      return verdict.deny('budget.exhausted', refusal.path, { value: refusal.value });
    }
    const value: BudgetRoom = { left: Object.fromEntries(left) };
    return verdict.allow('budget.within', limits[0]?.path ?? NO_LIMIT, { value });
  });
}

interface Question {
  readonly charge: ReadonlyMap<Meter, number | null>;
  readonly used: unknown;
  readonly now: number;
}

interface Room {
  readonly amount: number;
  readonly limit: number;
  readonly used: number;
  readonly room: number;
}

interface Refused {
  readonly path: string;
  readonly value: BudgetRefusal;
}

function readInput(input: unknown): Question {
  const now = own(input, 'now');
  const charged = own(input, 'charge');
  if (!isAmount(now)) throw new InvalidSetting('input.now');
  if (!isObject(charged)) throw new InvalidSetting('input.charge');
  const charge = new Map<Meter, number | null>();
  for (const meter of METERS) {
    const amount = own(charged, meter);
    if (amount === undefined) continue;
    if (!isAmount(amount) && !(meter === 'cost' && amount === null)) {
      throw new InvalidSetting(`input.charge.${meter}`);
    }
    charge.set(meter, amount);
  }
  return { charge, used: own(input, 'used'), now };
}

/** What one limit leaves, or the refusal that needs no counting. */
function judge({ path, meter, limit }: BudgetLimit, { charge, used }: Question): Room | Decision {
  const amount = charge.get(meter);
  const spent = own(used, path);
  if (limit === undefined) return invalid(path);
  if (amount === null || amount === undefined) return verdict.deny('budget.unpriced', path);
  if (!isAmount(spent)) return invalid(`input.used.${path}`);
  return { amount, limit, used: spent, room: Math.max(0, limit - spent) };
}

function refuse(
  { path, scope, meter, windowMs }: BudgetLimit,
  { amount, limit, used }: Room,
  { now }: Question,
): Refused {
  const freesAt = windowStart(now, windowMs) + windowMs;
  const value = { scope, meter, windowMs, limit, used };
  return { path, value: amount > limit ? value : { ...value, freesAt } };
}

/** The refusal that lasts longer; one that never ends lasts longest. */
function longer(one: Refused | undefined, other: Refused): Refused {
  if (one === undefined) return other;
  const ends = ({ value }: Refused): number => value.freesAt ?? Infinity;
  return ends(other) > ends(one) ? other : one;
}
