/**
 * `openclaw channels logs`: what the gateway's log says of channels.
 *
 * @module
 */
import type { CommandHandler } from '../../command.ts';
import { logPieces, readTailed } from '../../terminal/log-line.ts';
import { withOperator } from '../operator-session.ts';
import { namedChannel } from './which.ts';

const DEFAULT_LINES = 200;
/** Lines of the log that are looked through. */
const LOOKED_THROUGH = 5000;

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return {};
  }
}

/** The channel a line is about. */
function channelOf(entry: unknown): unknown {
  const { fields } = readTailed(entry);
  return typeof fields === 'object' && fields !== null && 'channel' in fields
    ? fields.channel
    : undefined;
}

/** `openclaw channels logs`. */
export const showChannelLogs: CommandHandler = (invocation) =>
  withOperator(invocation, async ({ ask }) => {
    const { input, out, json } = invocation;
    const named = namedChannel(invocation);
    const wanted = named === 'all' ? undefined : named;
    const page = await ask('logs.tail', { limit: LOOKED_THROUGH, maxBytes: 1_000_000 });
    const lines = page.lines
      .map(parse)
      .filter((entry) => {
        const channel = channelOf(entry);
        return wanted === undefined ? typeof channel === 'string' : channel === wanted;
      })
      .slice(-(input.count('lines') ?? DEFAULT_LINES));
    if (json) {
      out.json({ ok: true, file: page.file, channel: wanted ?? 'all', lines });
      return;
    }
    for (const entry of lines) out.line(...logPieces(readTailed(entry)));
    if (lines.length === 0) out.line(`The log says nothing of ${wanted ?? 'channels'} lately.`);
  });
