/**
 * The gateway's log file, read in pieces from its end.
 *
 * @module
 */
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';

import type { MethodParams, MethodResult } from '@portcullis/protocol';

/** Bytes in one answer when the client names no number. */
const DEFAULT_BYTES = 250_000;

/** Lines in one answer when the client names no number. */
const DEFAULT_LINES = 500;

const LEVELS: Readonly<Record<number, string>> = {
  10: 'TRACE',
  20: 'DEBUG',
  30: 'INFO',
  40: 'WARN',
  50: 'ERROR',
  60: 'FATAL',
};

function asTime(value: unknown): string {
  const date = new Date(typeof value === 'number' || typeof value === 'string' ? value : 0);
  return Number.isNaN(date.getTime()) ? new Date(0).toISOString() : date.toISOString();
}

/** A line of ours in the form clients of this protocol parse. */
function translate(line: string): string {
  let fields: Readonly<Record<string, unknown>>;
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== 'object' || value === null) return line;
    fields = value as Record<string, unknown>;
  } catch {
    return line;
  }
  const { level, time, msg, name, pid: _pid, hostname: _host, ...rest } = fields;
  const message = typeof msg === 'string' ? msg : '';
  const date = asTime(time);
  const logLevelName = LEVELS[typeof level === 'number' ? level : 30] ?? 'INFO';
  return JSON.stringify({
    '0': message,
    ...(Object.keys(rest).length > 0 && { '1': rest }),
    _meta: { logLevelName, date, name: typeof name === 'string' ? name : 'gateway' },
    time: date,
    message,
  });
}

interface Piece {
  readonly start: number;
  readonly text: string;
  /** Offset after the last whole line. */
  readonly end: number;
}

/** Whole lines between `start` and `size`, at most `maxBytes` of them. */
async function readPiece(
  file: FileHandle,
  range: { readonly start: number; readonly size: number; readonly isLineStart: boolean },
): Promise<Piece> {
  const buffer = Buffer.alloc(range.size - range.start);
  const { bytesRead } = await file.read(buffer, 0, buffer.length, range.start);
  const bytes = buffer.subarray(0, bytesRead);
  const from = range.isLineStart ? 0 : bytes.indexOf(0x0a) + 1;
  const to = bytes.lastIndexOf(0x0a) + 1;
  const text = to > from ? bytes.toString('utf8', from, to - 1) : '';
  return { start: range.start + from, text, end: range.start + to };
}

/** The newest lines of `<logsDir>/gateway.log`, or those after `cursor`. */
export async function tailLog(
  logsDir: string,
  { cursor, limit = DEFAULT_LINES, maxBytes = DEFAULT_BYTES }: MethodParams<'logs.tail'>,
): Promise<MethodResult<'logs.tail'>> {
  const path = join(logsDir, 'gateway.log');
  const name = 'gateway.log';
  const file = await open(path, 'r').catch(() => undefined);
  if (file === undefined) return { file: name, cursor: 0, size: 0, lines: [] };
  try {
    const { size } = await file.stat();
    const reset = cursor !== undefined && cursor > size;
    const wanted = cursor === undefined || reset ? 0 : cursor;
    const start = Math.max(wanted, size - maxBytes);
    const isLineStart = start === wanted;
    const piece = await readPiece(file, { start, size, isLineStart });
    const all = piece.text === '' ? [] : piece.text.split('\n');
    const lines = all.slice(-limit).map(translate);
    const truncated = lines.length < all.length || start > wanted;
    return {
      file: name,
      cursor: Math.max(piece.end, wanted),
      size,
      lines,
      ...(truncated && { truncated }),
      ...(reset && { reset }),
      ...(start > wanted && { skippedBytes: piece.start - wanted }),
    };
  } finally {
    await file.close();
  }
}
