/**
 * The hash chain of a log, as `LogLine` of core documents it.
 *
 * The head is read from the last line each time rather than remembered: it is in SQLite's page
 * cache, and a rolled back unit needs no repair of it.
 *
 * @module
 */
import { createHmac } from 'node:crypto';

import type { Statements } from './statements.ts';
import type { PendingLine } from './writer-message.ts';

const BEFORE_FIRST = '0'.repeat(64);

/** Adds one line to the end of its log. */
export function appendLine(statements: Statements, key: Uint8Array, line: PendingLine): void {
  const head = statements
    .prepare('SELECT seq, mac FROM log WHERE log = ? ORDER BY seq DESC LIMIT 1')
    .get(line.log);
  const seq = Number(head?.['seq'] ?? 0) + 1;
  const previous = head === undefined ? BEFORE_FIRST : String(head['mac']);
  // The entry is canonical JSON already, which makes this text the canonical JSON of the triple.
  const text = `[${JSON.stringify(line.log)},${seq},${line.entry}]`;
  const mac = createHmac('sha256', key).update(`${previous}\n${text}`).digest('hex');
  statements
    .prepare('INSERT INTO log (log, seq, entry, mac) VALUES (?, ?, ?, ?)')
    .run(line.log, seq, line.entry, mac);
}
