/**
 * Finds the place of a hunk in a text and changes it there.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';

import type { Hunk } from './patch.ts';

/** The text with every hunk applied, in order. Throws `files.patch_mismatch`. */
export function applyHunks(text: string, hunks: readonly Hunk[]): string {
  const hasFinalEnd = text === '' || text.endsWith('\n');
  const lines = text.split('\n');
  if (hasFinalEnd) lines.pop();
  const result: string[] = [];
  let cursor = 0;
  for (const [index, hunk] of hunks.entries()) {
    const at = placeOf(lines, hunk, cursor, index + 1);
    // Lines that only match but for trailing blanks keep theirs where they stay.
    result.push(...lines.slice(cursor, at), ...kept(lines, at, hunk));
    cursor = at + hunk.before.length;
  }
  result.push(...lines.slice(cursor));
  return result.join('\n') + (hasFinalEnd && result.length > 0 ? '\n' : '');
}

/** The new lines, with those that stay taken from the file itself. */
function kept(lines: readonly string[], at: number, { before, after }: Hunk): readonly string[] {
  const own = new Map(before.map((line, offset) => [line, lines[at + offset] ?? line]));
  return after.map((line) => own.get(line) ?? line);
}

function placeOf(lines: readonly string[], hunk: Hunk, cursor: number, number: number): number {
  const { header, before, atEnd } = hunk;
  const start = header === undefined ? cursor : afterHeader(lines, header, cursor, number);
  if (before.length === 0) return header === undefined || atEnd ? lines.length : start;
  if (atEnd) {
    const at = lines.length - before.length;
    if (at >= start && matches(lines, before, at, trimmed)) return at;
    throw mismatch(number, 'its lines are not at the end of the file');
  }
  for (const same of [exact, trimmed]) {
    const places = [];
    for (let at = start; at + before.length <= lines.length; at += 1) {
      if (matches(lines, before, at, same)) places.push(at);
    }
    const [first] = places;
    if (places.length > 1 && header === undefined) {
      throw mismatch(number, 'its lines are in the file more than once: give more, or a @@ line');
    }
    if (first !== undefined) return first;
  }
  throw mismatch(number, 'its lines are not in the file');
}

function afterHeader(
  lines: readonly string[],
  header: string,
  cursor: number,
  number: number,
): number {
  const at = lines.findIndex((line, index) => index >= cursor && line.trim() === header);
  if (at === -1) throw mismatch(number, 'the line after @@ is not in the file');
  return at + 1;
}

type Sameness = (left: string, right: string) => boolean;
const exact: Sameness = (left, right) => left === right;
const trimmed: Sameness = (left, right) => left.trimEnd() === right.trimEnd();

function matches(
  lines: readonly string[],
  wanted: readonly string[],
  at: number,
  same: Sameness,
): boolean {
  return wanted.every((line, offset) => same(lines[at + offset] ?? '', line));
}

function mismatch(number: number, why: string): PortcullisError {
  return new PortcullisError(
    'files.patch_mismatch',
    `Hunk ${String(number)} does not fit: ${why}.`,
    { hint: 'Read the file again and write the hunk from what it says now.' },
  );
}
