/**
 * `openclaw logs`: the gateway's log, once or as it grows.
 *
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';

import type { CommandHandler, Invocation } from '../command.ts';
import { logPieces, readTailed } from '../terminal/log-line.ts';
import { type OperatorSession, withOperator } from './operator-session.ts';

const DEFAULT_LIMIT = 100;
const POLL_MS = 1000;

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return { message: line };
  }
}

function print({ out, json }: Invocation, entries: readonly unknown[]): void {
  for (const entry of entries) {
    if (json) out.jsonLine(entry);
    else out.line(...logPieces(readTailed(entry)));
  }
}

async function follow(
  invocation: Invocation,
  { ask }: OperatorSession,
  from: number,
): Promise<void> {
  const { signal } = invocation.context;
  let cursor = from;
  try {
    for (;;) {
      await sleep(POLL_MS, undefined, { signal });
      const page = await ask('logs.tail', { cursor, limit: 5000 });
      cursor = page.cursor;
      print(invocation, page.lines.map(parse));
    }
  } catch (error) {
    // Following ends when the user has seen enough; that is no failure.
    if (!signal.aborted) throw error;
  }
}

/** `openclaw logs`. */
export const showLogs: CommandHandler = (invocation) => {
  const { input, out, json } = invocation;
  const following = input.flag('follow');
  const limit = input.count('limit') ?? DEFAULT_LIMIT;
  // Following the log of a gateway that is not there would keep one from starting.
  return withOperator(
    invocation,
    async (session) => {
      const page = await session.ask('logs.tail', { limit });
      const entries = page.lines.map(parse);
      if (following) {
        print(invocation, entries);
        await follow(invocation, session, page.cursor);
      } else if (json) out.json({ ok: true, file: page.file, lines: entries });
      else if (entries.length === 0) out.line('The log is empty.');
      else print(invocation, entries);
    },
    { live: following },
  );
};
