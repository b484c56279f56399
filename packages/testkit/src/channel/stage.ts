/**
 * Runs a channel for one contract test: an inbox that records, a logger that remembers.
 *
 * @module
 */
import { type Event, type Logger, PortcullisError } from '@portcullis/core';
import type { ChannelBench, OpenChannelBench } from './bench.ts';

/** How long the suite waits for anything, milliseconds. */
const PATIENCE_MS = 10_000;

/** A channel under test with everything that was seen of it. */
export interface Stage {
  readonly bench: ChannelBench;
  /** Events the inbox accepted, in order. */
  readonly accepted: readonly Event[];
  /** Events handed over, also those that were refused. */
  readonly offered: readonly Event[];
  readonly logLines: readonly string[];
  /** Runs before an event counts as accepted; a rejection refuses the event. */
  beforeAccept: (event: Event) => Promise<void>;
  /** Starts `run`, unless it runs. */
  start(): void;
  /** Waits for a condition. Throws `testkit.timeout` when it does not come true. */
  eventually(condition: () => boolean, what: string): Promise<void>;
  /** Waits for `run` to settle by itself, and settles as it did. */
  ended(): Promise<void>;
  /** Aborts `run` and gives how long it took to settle, milliseconds. */
  stop(): Promise<number>;
  /** Stops and cleans up. */
  close(): Promise<void>;
}

async function eventually(condition: () => boolean, what: string, ms: number): Promise<void> {
  const deadline = Date.now() + ms;
  while (!condition()) {
    if (Date.now() > deadline) {
      throw new PortcullisError('testkit.timeout', `Waited ${ms} ms for ${what}.`, {
        hint: 'Look at what the bench did.',
      });
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** What a log keeps of its fields, errors included. */
function printed(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    part instanceof Error ? { ...part, message: part.message, stack: part.stack } : part,
  );
}

function rememberingLogger(lines: string[]): Logger {
  const write = (fields: Readonly<Record<string, unknown>>, message: string) => {
    lines.push(`${printed(fields)} ${message}`);
  };
  return { debug: write, info: write, warn: write, error: write };
}

/** Opens a bench and puts it on stage. `patienceMs`: how long anything may take. */
export async function createStage(
  open: OpenChannelBench,
  patienceMs: number = PATIENCE_MS,
): Promise<Stage> {
  const logLines: string[] = [];
  const offered: Event[] = [];
  const accepted: Event[] = [];
  const bench = await open({ log: rememberingLogger(logLines) });
  let controller = new AbortController();
  let runs = false;
  let running: Promise<void> = Promise.resolve();
  const stage: Stage = {
    bench,
    accepted,
    offered,
    logLines,
    beforeAccept: async () => undefined,
    start() {
      if (runs) return;
      runs = true;
      controller = new AbortController();
      const inbox = {
        async accept(event: Event) {
          offered.push(event);
          await stage.beforeAccept(event);
          const known = accepted.some(
            ({ eventId }) => eventId !== undefined && eventId === event.eventId,
          );
          if (!known) accepted.push(event);
          return known ? ('duplicate' as const) : ('accepted' as const);
        },
      };
      running = bench.channel.run(inbox, controller.signal).finally(() => {
        runs = false;
      });
      running.catch(() => undefined);
    },
    eventually: (condition, what) => eventually(condition, what, patienceMs),
    async ended() {
      let settled = false;
      const settle = () => {
        settled = true;
      };
      running.then(settle, settle);
      await eventually(() => settled, 'run to settle', patienceMs);
      await running;
    },
    async stop() {
      const from = performance.now();
      controller.abort();
      await stage.ended();
      return performance.now() - from;
    },
    async close() {
      controller.abort();
      await running.catch(() => undefined);
      await bench.close();
    },
  };
  return stage;
}
