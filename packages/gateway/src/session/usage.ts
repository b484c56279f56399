/**
 * What models were used for, counted from the transcripts.
 *
 * @module
 */
import type { Kernel } from '../kernel.ts';
import type { ModelCost, Models } from '../models.ts';
import type { UsageDay, UsageService } from '../services.ts';
import { type MessageRow, messagesTable, sessionsTable } from './sessions.ts';

/** Messages read at once: a transcript may be long. */
const PAGE = 500;

const MILLION = 1_000_000;

type Counted = { -readonly [Field in keyof UsageDay]: UsageDay[Field] };

/** Counts the answers in the transcripts. */
export class Usage implements UsageService {
  readonly #kernel: Kernel;
  readonly #models: Models;

  constructor(kernel: Kernel, models: Models) {
    this.#kernel = kernel;
    this.#models = models;
  }

  async days(range: {
    from: number;
    until: number;
    agentId?: string;
  }): Promise<readonly UsageDay[]> {
    const lives = range.agentId === undefined ? undefined : await this.#lives(range.agentId);
    const prices = this.#prices();
    const days = new Map<string, Counted>();
    for await (const row of this.#messages(range.from, range.until)) {
      if (row.role !== 'assistant' || row.usage === undefined) continue;
      if (lives?.has(row.sessionId) === false) continue;
      count(dayOf(days, row.timestamp), row, prices);
    }
    return [...days.values()];
  }

  /** The sessions of an agent, by the ids of their present lives. */
  async #lives(agentId: string): Promise<ReadonlySet<string>> {
    const rows = await this.#kernel.store.transact((tx) =>
      tx.find(sessionsTable, { limit: 100_000 }),
    );
    return new Set(
      rows.filter(({ value }) => value.agentId === agentId).map(({ value }) => value.sessionId),
    );
  }

  #prices(): ReadonlyMap<string, ModelCost> {
    const prices = new Map<string, ModelCost>();
    for (const { id: agentId } of this.#kernel.agents()) {
      for (const { id, cost } of tariffsOf(this.#models, agentId)) {
        if (cost !== undefined) prices.set(id, cost);
      }
    }
    return prices;
  }

  /** Messages of a span of time, oldest first, a page at a time. */
  async *#messages(from: number, until: number): AsyncGenerator<MessageRow> {
    let above = from - 1;
    // Messages of one moment may lie on both sides of a page: those that were seen are left out.
    let seen = new Set<string>();
    for (;;) {
      const start = above;
      const rows = await this.#kernel.store.transact((tx) =>
        tx.find(messagesTable, {
          index: 'byTime',
          above: start,
          upTo: until,
          limit: PAGE + seen.size,
        }),
      );
      const fresh = rows.filter(({ key }) => !seen.has(key));
      yield* fresh.map(({ value }) => value);
      const last = fresh.at(-1)?.value.timestamp;
      if (last === undefined || fresh.length < PAGE) return;
      above = last - 1;
      seen = new Set(rows.filter(({ value }) => value.timestamp === last).map(({ key }) => key));
    }
  }
}

/** An agent whose models cannot be made has no prices. */
function tariffsOf(models: Models, agentId: string): ReturnType<Models['tariffs']> {
  try {
    return models.tariffs(agentId);
  } catch {
    return [];
  }
}

function dayOf(days: Map<string, Counted>, at: number): Counted {
  const date = new Date(at).toISOString().slice(0, 10);
  let day = days.get(date);
  if (day === undefined) {
    day = { date, input: 0, output: 0, inputCost: 0, outputCost: 0, unpriced: 0 };
    days.set(date, day);
  }
  return day;
}

function count(
  day: Counted,
  { model, usage }: MessageRow,
  prices: ReadonlyMap<string, ModelCost>,
): void {
  const { input = 0, output = 0 } = usage ?? {};
  day.input += input;
  day.output += output;
  const price = prices.get(model ?? '');
  if (price === undefined) {
    day.unpriced += 1;
    return;
  }
  day.inputCost += (input * price.input) / MILLION;
  day.outputCost += (output * price.output) / MILLION;
}
