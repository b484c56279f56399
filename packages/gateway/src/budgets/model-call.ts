/**
 * What one request to a model may spend: reserved before it is sent, settled by what the provider
 * counted.
 *
 * @module
 */
import type { ContentPart, Decision, ModelRequest, ModelUsage } from '@portcullis/core';
import type { BudgetRoom, Charge } from '@portcullis/policy/budget';

import { type Kernel, commit } from '../kernel.ts';
import type { ModelCost, ModelTariff } from '../models.ts';
import { type Budgets, type Spender, budgetRefused } from './budgets.ts';

/** Leave to send one request. */
export interface ModelGrant {
  /** Longest answer there is room for. Absent where nothing limits it. */
  readonly maxOutputTokens?: number;
  /** Counts what was spent. Once, however the request ended. */
  settle(outcome: ModelOutcome): Promise<void>;
}

/** How a request ended. */
export interface ModelOutcome {
  /** The model that answered, where it is known. */
  readonly model?: string | undefined;
  /** What the provider counted; what it did not count is estimated. */
  readonly usage?: ModelUsage | undefined;
  /** Everything it said, tool calls included. */
  readonly said: string;
  /** False: the request was refused before anything was read, so that nothing was spent. */
  readonly sent: boolean;
}

/** An answer that would have to be shorter is not worth asking for. */
const LEAST_OUTPUT = 256;
/** Set aside for the answer of a model whose `maxTokens` nobody configured. */
const USUAL_OUTPUT = 8192;
const IMAGE_TOKENS = 1600;
/** UTF-8 bytes to a token: English has about four, most other writing three. */
const BYTES_PER_TOKEN = 3;
const MILLION = 1_000_000;

const FREE: ModelGrant = { settle: () => Promise.resolve() };

/**
 * Reserves what a request will spend at most. Throws `budget.exhausted`, or `budget.unpriced` where
 * money is counted and the price of a model that may answer is not known.
 */
export async function openModelCall(
  kernel: Kernel,
  budgets: Budgets,
  tariffs: readonly ModelTariff[],
  spender: Spender,
  request: ModelRequest,
): Promise<ModelGrant> {
  if (budgets.limits('tokens', 'cost').length === 0) return FREE;
  const input = requestTokens(request);
  const price = dearest(tariffs);
  const charge = (output: number): Charge => ({
    tokens: input + output,
    cost: price === undefined ? null : costOf({ inputTokens: input, outputTokens: output }, price),
  });
  const { reserved, output } = await commit(kernel, async (tx) => {
    const least = await budgets.decide(tx, spender, charge(LEAST_OUTPUT));
    const most = least.effect === 'allow' ? roomFor(least, input, price, tariffs) : LEAST_OUTPUT;
    return { reserved: await budgets.reserve(tx, spender, charge(most)), output: most };
  });
  const { decision, hold } = reserved;
  if (hold === undefined) throw budgetRefused(decision, unpricedHint(decision, tariffs));
  return {
    maxOutputTokens: output,
    settle: async (outcome) => {
      const spent = spentBy(outcome, input, tariffs, price);
      await commit(kernel, (tx) => budgets.settle(tx, hold, spent));
    },
  };
}

/** The longest answer that what is left pays for. */
function roomFor(
  decision: Decision,
  input: number,
  price: ModelCost | undefined,
  tariffs: readonly ModelTariff[],
): number {
  const { left } = decision.value as BudgetRoom;
  const usual = tariffs.map(({ maxOutputTokens }) => maxOutputTokens ?? USUAL_OUTPUT);
  const byTokens = (left.tokens ?? Infinity) - input;
  const forOutput = (left.cost ?? Infinity) * MILLION - input * (price?.input ?? 0);
  const byCost = price === undefined || price.output === 0 ? Infinity : forOutput / price.output;
  return Math.floor(Math.min(...usual, byTokens, byCost));
}

function spentBy(
  { model, usage, said, sent }: ModelOutcome,
  input: number,
  tariffs: readonly ModelTariff[],
  dearestPrice: ModelCost | undefined,
): Charge {
  if (!sent) return {};
  const counted: ModelUsage = {
    ...usage,
    inputTokens: usage?.inputTokens ?? input,
    outputTokens: usage?.outputTokens ?? textTokens(said),
  };
  const price = tariffs.find(({ id }) => id === model)?.cost ?? dearestPrice;
  return {
    tokens: (counted.inputTokens ?? 0) + (counted.outputTokens ?? 0),
    cost: price === undefined ? 0 : costOf(counted, price),
  };
}

/** What tokens cost, at a price per million. */
export function costOf(usage: ModelUsage, price: ModelCost): number {
  const { inputTokens = 0, outputTokens = 0, cacheReadTokens = 0, cacheWriteTokens = 0 } = usage;
  const plain = Math.max(0, inputTokens - cacheReadTokens - cacheWriteTokens);
  const micro =
    plain * price.input +
    cacheReadTokens * (price.cacheRead ?? price.input) +
    cacheWriteTokens * (price.cacheWrite ?? price.input) +
    outputTokens * price.output;
  return micro / MILLION;
}

/** The highest price of all models that may answer; undefined when one of them has none. */
function dearest(tariffs: readonly ModelTariff[]): ModelCost | undefined {
  let price: ModelCost = { input: 0, output: 0 };
  for (const { cost } of tariffs) {
    if (cost === undefined) return undefined;
    price = {
      input: Math.max(price.input, cost.input, cost.cacheWrite ?? 0, cost.cacheRead ?? 0),
      output: Math.max(price.output, cost.output),
    };
  }
  return tariffs.length === 0 ? undefined : price;
}

function unpricedHint(decision: Decision, tariffs: readonly ModelTariff[]): string | undefined {
  if (decision.code !== 'budget.unpriced') return undefined;
  const names = tariffs.filter(({ cost }) => cost === undefined).map(({ id }) => id);
  return `Set cost.input and cost.output (0 where it is free) for ${names.join(', ')} in models.providers.<provider>.models.`;
}

/** About how many tokens a model reads of a request. */
export function requestTokens({ system, messages, tools }: ModelRequest): number {
  let tokens = textTokens(system) + textTokens(JSON.stringify(tools));
  for (const { content } of messages) for (const part of content) tokens += partTokens(part);
  return tokens;
}

function partTokens(part: ContentPart): number {
  switch (part.type) {
    case 'image':
      return IMAGE_TOKENS;
    case 'tool-call':
      return textTokens(part.name) + textTokens(JSON.stringify(part.input) ?? '');
    case 'text':
    case 'tool-result':
      return textTokens(part.text);
  }
}

function textTokens(text: string): number {
  return Math.ceil(Buffer.byteLength(text, 'utf8') / BYTES_PER_TOKEN);
}
