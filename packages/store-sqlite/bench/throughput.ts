/**
 * Measures single-insert units of work: one at a time, then with 100 in flight.
 *
 * Run it with `node --conditions=@portcullis/source bench/throughput.ts`. Each insert first looks
 * whether its key is taken, as an inbox does.
 *
 * @module
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';

import { type Store, defineTable } from '@portcullis/core';

import { openSqliteStore } from '../src/index.ts';

interface Message {
  readonly session: string;
  readonly at: number;
  readonly text: string;
}

const messages = defineTable<Message>('messages', { bySession: ['session', 'at'] });
const text = 'x'.repeat(800);

async function insert(store: Store, key: string, at: number): Promise<void> {
  await store.transact(async (tx) => {
    if ((await tx.get(messages, key)) !== undefined) return;
    tx.put(messages, key, { session: `session-${at % 50}`, at, text });
  });
}

async function measure(store: Store, label: string, inFlight: number, ms: number): Promise<void> {
  const started = performance.now();
  const waits: number[] = [];
  let longestTurn = 0;
  let lastTurn = started;
  const ticker = setInterval(() => {
    longestTurn = Math.max(longestTurn, performance.now() - lastTurn);
    lastTurn = performance.now();
  }, 1);
  let next = 0;
  const worker = async (): Promise<void> => {
    while (performance.now() - started < ms) {
      next += 1;
      const before = performance.now();
      await insert(store, `${label}-${next}`, next);
      waits.push(performance.now() - before);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  clearInterval(ticker);
  const seconds = (performance.now() - started) / 1000;
  const sorted = waits.toSorted((left, right) => left - right);
  const at = (part: number): string => (sorted[Math.floor(sorted.length * part)] ?? 0).toFixed(2);
  console.log(
    `${label}: ${Math.round(next / seconds)}/s, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, ` +
      `longest turn of the event loop ${longestTurn.toFixed(1)} ms`,
  );
}

const directory = mkdtempSync(join(tmpdir(), 'portcullis-bench-'));
const store = await openSqliteStore({
  directory,
  tables: [messages],
  chainKey: new Uint8Array(32),
});
try {
  await measure(store, 'warm-up', 100, 1000);
  await measure(store, 'one at a time', 1, 3000);
  await measure(store, '100 in flight', 100, 3000);
  await measure(store, '1000 in flight', 1000, 3000);
  console.log(
    `load ${loadavg()[0]?.toFixed(2)}, ${Math.round(process.memoryUsage().rss / 2 ** 20)} MB resident`,
  );
} finally {
  await store.close();
  rmSync(directory, { recursive: true });
}
