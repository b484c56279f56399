/**
 * One line of the gateway's log for people.
 *
 * @module
 */
import { type Piece, type Style, styled } from './style.ts';

/** What a line of the log says. */
export interface LogLine {
  /** ISO 8601. */
  readonly time: string;
  /** `INFO`, `WARN` and their like. */
  readonly level: string;
  readonly message: string;
  /** What else stands in the line. */
  readonly fields?: unknown;
}

const STYLES: Readonly<Record<string, Style>> = { WARN: 'yellow', ERROR: 'red', FATAL: 'red' };

const LEVELS: Readonly<Record<number, string>> = {
  10: 'TRACE',
  20: 'DEBUG',
  30: 'INFO',
  40: 'WARN',
  50: 'ERROR',
  60: 'FATAL',
};

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return { message: line };
  }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Reads a line as `logs.tail` gives it. */
export function readTailed(entry: unknown): LogLine {
  const { _meta, time, message, '1': fields } = asRecord(entry);
  return {
    time: text(time),
    level: text(asRecord(_meta)['logLevelName']),
    message: text(message),
    fields,
  };
}

/** Reads a line as the gateway writes it. */
export function readWritten(line: string): LogLine {
  const { level, time, msg, message, name: _name, ...fields } = asRecord(parse(line));
  return {
    time: text(time),
    level: LEVELS[typeof level === 'number' ? level : 30] ?? 'INFO',
    message: text(msg) || text(message),
    fields: Object.keys(fields).length === 0 ? undefined : fields,
  };
}

/** The line in color. `compact` leaves out the date and all that is not the message. */
export function logPieces(
  { time, level, message, fields }: LogLine,
  look: 'pretty' | 'compact' = 'pretty',
): readonly Piece[] {
  const style = Object.hasOwn(STYLES, level) ? STYLES[level] : undefined;
  const name = level.padEnd(5);
  return [
    styled('dim', look === 'compact' ? time.slice(11, 19) : time),
    ' ',
    style === undefined ? name : styled(style, name),
    ` ${message}`,
    ...(fields === undefined || look === 'compact'
      ? []
      : [styled('dim', ` ${JSON.stringify(fields)}`)]),
  ];
}
