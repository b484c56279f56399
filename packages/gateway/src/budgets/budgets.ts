/**
 * Budgets: what is about to be spent is decided and counted in one unit of work, before it is spent,
 * so that sessions side by side cannot spend the same rest twice and a crash forgets nothing.
 *
 * @module
 */
import { type Decision, PortcullisError, type Principal, type Tx } from '@portcullis/core';
import {
  type BudgetLimit,
  type BudgetRefusal,
  type Charge,
  type Meter,
  budgetLimits,
  decideBudget,
  windowStart,
} from '@portcullis/policy/budget';
import type { Capability } from '@portcullis/policy/capability';

import { personBehind } from '../capabilities/person.ts';
import type { Kernel } from '../kernel.ts';
import type { BudgetItem, BudgetService } from '../services.ts';
import { type Counter, type Hold, budgetsTable, hold, readUsed, settle } from './counters.ts';

/** Who spends, and on which channel where that is not the one the run came by. */
export interface Spender {
  readonly run: {
    readonly principal: Principal;
    readonly agentId: string;
    readonly runId: string;
    readonly sessionKey: string;
    readonly capability?: Capability;
  };
  readonly channel?: string;
}

/** The answer to what somebody wants to spend. Without a hold it was refused. */
export interface Reserved {
  readonly decision: Decision;
  readonly hold?: Hold;
}

/** Most spenders of one limit that are listed, those who spent last first. */
const LISTED = 200;

/** The budgets of one gateway. */
export class Budgets implements BudgetService {
  readonly #kernel: Kernel;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /** The limits in force that count any of `meters`. */
  limits(...meters: readonly Meter[]): readonly BudgetLimit[] {
    return budgetLimits(this.#kernel.config().value).filter(({ meter }) => meters.includes(meter));
  }

  /** Whether a charge would fit now. Nothing is counted. */
  async decide(tx: Tx, spender: Spender, charge: Charge): Promise<Decision> {
    const now = this.#kernel.now();
    const used: Record<string, number> = {};
    for (const counter of this.#counters(spender, charge)) {
      used[counter.limit.path] = await readUsed(tx, counter, now);
    }
    return decideBudget(this.#kernel.config().value, { charge, used, now });
  }

  /** Counts a charge where it fits; else writes the refusal to the audit log. */
  async reserve(tx: Tx, spender: Spender, charge: Charge): Promise<Reserved> {
    const decision = await this.decide(tx, spender, charge);
    if (decision.effect !== 'allow') {
      this.note(tx, spender, decision);
      return { decision };
    }
    const held: Hold[number][] = [];
    for (const counter of this.#counters(spender, charge)) {
      const amount = charge[counter.limit.meter] ?? 0;
      held.push(await hold(tx, counter, amount, this.#kernel.now()));
    }
    return { decision, hold: held };
  }

  /** Puts what was really spent in the place of what was reserved. */
  async settle(tx: Tx, held: Hold, spent: Charge): Promise<void> {
    await settle(tx, held, spent, this.#kernel.now());
  }

  /** Writes a refusal to the audit log. */
  note(tx: Tx, { run }: Spender, decision: Decision): void {
    const refusal = refusalOf(decision);
    this.#kernel.journal.record(tx, {
      kind: 'budget',
      at: this.#kernel.now(),
      principal: run.principal.id,
      effect: decision.effect,
      code: decision.code,
      path: decision.path,
      runId: run.runId,
      sessionKey: run.sessionKey,
      ...(refusal === undefined
        ? {}
        : { limit: refusal.limit, used: refusal.used, freesAt: refusal.freesAt }),
    });
  }

  async list(): Promise<readonly BudgetItem[]> {
    const now = this.#kernel.now();
    const limits = budgetLimits(this.#kernel.config().value);
    return await this.#kernel.store.transact(async (tx) => {
      const items: BudgetItem[] = [];
      for (const limit of limits) items.push(...(await spendersOf(tx, limit, now)));
      return items;
    });
  }

  #counters({ run, channel }: Spender, charge: Charge): readonly Counter[] {
    // What somebody has done for him is his spending, whoever does it.
    const person = personBehind(run);
    const subjects = {
      sender: senderOf(person.id),
      channel: channel ?? person.channel,
      agent: run.agentId,
      global: '*',
    };
    return budgetLimits(this.#kernel.config().value)
      .filter(({ meter }) => charge[meter] !== undefined)
      .map((limit) => ({ limit, subject: subjects[limit.scope] }));
  }
}

/** What a refusal tells beside its path, where a limit was reached. */
export function refusalOf({ code, value }: Decision): BudgetRefusal | undefined {
  return code === 'budget.exhausted' ? (value as BudgetRefusal) : undefined;
}

/** The error of a refused charge; its `details` hold the decision. */
export function budgetRefused(decision: Decision, hint?: string): PortcullisError {
  const stand = standOf(refusalOf(decision));
  return new PortcullisError(decision.code, `${decision.reason} (${decision.path}${stand})`, {
    hint: hint ?? 'openclaw budgets shows what is used up and when it frees up.',
    details: { decision },
  });
}

/** How much of a limit is used and when it is renewed, for operators. */
function standOf(refusal: BudgetRefusal | undefined): string {
  if (refusal === undefined) return '';
  const { used, limit, freesAt } = refusal;
  const renewed = freesAt === undefined ? '' : `, renewed at ${new Date(freesAt).toISOString()}`;
  return `: ${String(used)} of ${String(limit)} used${renewed}`;
}

/**
 * A connection without a device is a new one each time: all of them together are one sender, or
 * connecting again would open a new budget.
 */
function senderOf(principal: string): string {
  return /^(operator|api):operator:/u.exec(principal)?.[1] ?? principal;
}

async function spendersOf(tx: Tx, limit: BudgetLimit, now: number): Promise<readonly BudgetItem[]> {
  const { path, scope, meter, windowMs } = limit;
  const began = windowStart(now, windowMs);
  const rows = await tx.find(budgetsTable, {
    index: 'byPath',
    equals: [path],
    reverse: true,
    limit: LISTED,
  });
  const open = rows.map(({ value }) => value).filter(({ since }) => since >= began);
  const base = { path, scope, meter, limit: limit.limit ?? 0, freesAt: began + windowMs };
  if (open.length === 0) return [{ ...base, used: 0 }];
  return open.map(({ subject, used }) => ({ ...base, subject, used }));
}
