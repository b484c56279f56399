/**
 * `openclaw logs`: the gateway's log, once or as it grows.
 *
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';

import type { CommandHandler, Invocation } from '../command.ts';
import { logPieces, readTailed } from '../terminal/log-line.ts';
import { openUnlessInterrupted, withOperator } from './operator-session.ts';
import { Link, passes } from '../compose/link.ts';

const DEFAULT_LIMIT = 100;
const POLL_MS = 1000;
/** Lines of one look at what was added. */
const MOST_LINES = 5000;

/** A line of the log, understood; undefined for one that is no document. */
function parse(line: string): object | undefined {
  try {
    const entry: unknown = JSON.parse(line);
    return typeof entry === 'object' && entry !== null ? entry : undefined;
  } catch {
    return undefined;
  }
}

function print({ out, json }: Invocation, lines: readonly string[]): void {
  for (const line of lines) {
    const entry = parse(line);
    if (!json) out.line(...logPieces(readTailed(entry ?? { message: line })));
    else if (entry === undefined) out.jsonLine({ type: 'raw', raw: line });
    else {
      const { time, level, message, fields } = readTailed(entry);
      out.jsonLine({ type: 'log', time, level: level.toLowerCase(), message, fields });
    }
  }
}

/** Shows what is added, on one connection after another. */
async function follow(invocation: Invocation, limit: number): Promise<void> {
  const { context, out, json } = invocation;
  const left = new AbortController();
  const signal = AbortSignal.any([context.signal, left.signal]);
  const link = new Link({ open: () => openUnlessInterrupted(invocation, { live: true }), signal });
  let isUp = false;
  let cursor: number | undefined;
  const read = async (): Promise<void> => {
    const params = cursor === undefined ? { limit } : { cursor, limit: MOST_LINES };
    const page = await link.ask('logs.tail', params);
    const { file, size, lines } = page;
    if (json && cursor === undefined)
      out.jsonLine({ type: 'meta', file, cursor: page.cursor, size });
    cursor = page.cursor;
    print(invocation, lines);
  };
  const poll = async (): Promise<void> => {
    while (!signal.aborted) {
      await sleep(POLL_MS, undefined, { signal });
      if (!isUp) continue;
      try {
        await read();
      } catch (error) {
        // The link tells of a connection that is gone, and opens another one.
        if (!passes(error)) throw error;
      }
    }
  };
  try {
    await Promise.race([
      link.run({
        up: async () => {
          await read();
          isUp = true;
        },
        down: (why, waitMs) => {
          isUp = false;
          out.note(`${why} Trying again in ${(waitMs / 1000).toFixed(1)} s.`);
        },
        event: () => undefined,
      }),
      poll(),
    ]);
  } catch (error) {
    // Following ends when the user has seen enough; that is no failure.
    if (!context.signal.aborted) throw error;
  } finally {
    left.abort();
  }
}

/** `openclaw logs`. */
export const showLogs: CommandHandler = async (invocation) => {
  const { input, out, json } = invocation;
  const limit = input.count('limit') ?? DEFAULT_LIMIT;
  // Following the log of a gateway that is not there would keep one from starting.
  if (input.flag('follow')) return await follow(invocation, limit);
  return await withOperator(invocation, async ({ ask }) => {
    const { file, cursor, size, lines } = await ask('logs.tail', { limit });
    if (json) out.jsonLine({ type: 'meta', file, cursor, size });
    else if (lines.length === 0) out.line('The log is empty.');
    print(invocation, lines);
  });
};
