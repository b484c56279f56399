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
      print(invocation, page.lines);
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
      const { file, cursor, size, lines } = await session.ask('logs.tail', { limit });
      if (json) out.jsonLine({ type: 'meta', file, cursor, size });
      else if (lines.length === 0 && !following) out.line('The log is empty.');
      print(invocation, lines);
      if (following) await follow(invocation, session, cursor);
    },
    { live: following },
  );
};
