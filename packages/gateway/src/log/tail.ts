/**
 * The gateway's log file, read in pieces from its end.
 *
 * @module
 */
import { type FileHandle, open } from 'node:fs/promises';
import { basename } from 'node:path';

import type { MethodParams, MethodResult } from '@portcullis/protocol';

import { offsetOf } from './generation.ts';

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

/** One file of the log, open. */
interface Generation {
  readonly file: FileHandle;
  /** Bytes of the log before this file. */
  readonly offset: number;
  readonly size: number;
}

async function openGeneration(path: string): Promise<Generation | undefined> {
  const file = await open(path, 'r').catch(() => undefined);
  if (file === undefined) return undefined;
  const head = Buffer.alloc(512);
  const { bytesRead } = await file.read(head, 0, head.length, 0);
  const { size } = await file.stat();
  return { file, offset: offsetOf(head.toString('utf8', 0, bytesRead)), size };
}

interface Piece {
  /** Places in the whole log. */
  readonly start: number;
  readonly end: number;
  readonly lines: readonly string[];
}

/** Whole lines of a file from `from` on, the last `maxBytes` of them. `from` begins a line. */
async function readPiece(
  { file, offset, size }: Generation,
  from: number,
  maxBytes: number,
): Promise<Piece> {
  const wanted = Math.max(from - offset, 0);
  const start = Math.max(wanted, size - maxBytes);
  const buffer = Buffer.alloc(Math.max(size - start, 0));
  const { bytesRead } = await file.read(buffer, 0, buffer.length, start);
  const bytes = buffer.subarray(0, bytesRead);
  const first = start === wanted ? 0 : bytes.indexOf(0x0a) + 1;
  const last = bytes.lastIndexOf(0x0a) + 1;
  const text = last > first ? bytes.toString('utf8', first, last - 1) : '';
  return {
    start: offset + start + first,
    end: offset + start + Math.max(last, first),
    lines: text === '' ? [] : text.split('\n'),
  };
}

/** What was asked for, from the newest file and, where it reaches back, the one before it. */
async function readLog(
  generations: readonly Generation[],
  { cursor, maxBytes }: { readonly cursor: number | undefined; readonly maxBytes: number },
): Promise<Piece> {
  const [newest, before] = generations;
  if (newest === undefined) return { start: 0, end: 0, lines: [] };
  const from = cursor ?? 0;
  const piece = await readPiece(newest, from, maxBytes);
  const left = maxBytes - newest.size;
  if (before === undefined || from >= newest.offset || left <= 0) return piece;
  const older = await readPiece(before, from, left);
  return { start: older.start, end: piece.end, lines: [...older.lines, ...piece.lines] };
}

/**
 * The newest lines of the log, or those after `cursor`, which names a place in the whole log and
 * stays good when the file is turned over.
 */
export async function tailLog(
  path: string,
  { cursor, limit = DEFAULT_LINES, maxBytes = DEFAULT_BYTES }: MethodParams<'logs.tail'>,
): Promise<MethodResult<'logs.tail'>> {
  const opened = await Promise.all([path, `${path}.1`].map(openGeneration));
  const generations = opened.filter((each) => each !== undefined);
  const name = basename(path);
  try {
    const [newest] = opened;
    if (newest === undefined) return { file: name, cursor: 0, size: 0, lines: [] };
    const size = newest.offset + newest.size;
    const reset = cursor !== undefined && cursor > size;
    const from = reset ? undefined : cursor;
    const piece = await readLog(generations, { cursor: from, maxBytes });
    const lines = piece.lines.slice(-limit).map(translate);
    const skipped = piece.start - (from ?? 0);
    const isCut = lines.length < piece.lines.length || skipped > 0;
    return {
      file: name,
      cursor: Math.max(piece.end, from ?? 0),
      size,
      lines,
      ...(isCut && { truncated: true }),
      ...(reset && { reset }),
      ...(skipped > 0 && { skippedBytes: skipped }),
    };
  } finally {
    await Promise.all(generations.map(({ file }) => file.close()));
  }
}
