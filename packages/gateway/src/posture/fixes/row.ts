/**
 * What `openclaw security audit --fix` did, and what was put back, as it is kept.
 *
 * @module
 */
import { type Table, type Tx, PortcullisError, defineTable } from '@portcullis/core';

import type { FixEntry, FixState } from '../../services/posture.ts';

/** Entries by their number, padded so that their keys sort like it. */
export const fixesTable: Table<FixEntry> = defineTable<FixEntry>('security_fixes', {
  state: ['state'],
});

/** Entries that are kept. */
const KEEP = 50;

function keyOf(id: string): string {
  return id.padStart(12, '0');
}

/** Adds an entry, and lets go of the oldest. */
export async function addFix(tx: Tx, draft: Omit<FixEntry, 'id'>): Promise<FixEntry> {
  const rows = await tx.find(fixesTable, { reverse: true, limit: KEEP + 1 });
  const entry = { ...draft, id: String(Number(rows[0]?.value.id ?? '0') + 1) };
  tx.put(fixesTable, keyOf(entry.id), entry);
  for (const { key } of rows.slice(KEEP - 1)) tx.delete(fixesTable, key);
  return entry;
}

/** Says what became of an entry. */
export function settleFix(
  tx: Tx,
  entry: FixEntry,
  change: { readonly state: FixState } & Partial<Pick<FixEntry, 'entry' | 'errors' | 'undoneBy'>>,
): FixEntry {
  const settled = { ...entry, ...change };
  tx.put(fixesTable, keyOf(entry.id), settled);
  return settled;
}

/** Entries that a crash cut off. */
export async function unfinishedFixes(tx: Tx): Promise<readonly FixEntry[]> {
  const rows = await tx.find(fixesTable, { index: 'state', equals: ['making'] });
  return rows.map(({ value }) => value);
}

/** Entries, newest first. */
export async function listFixes(tx: Tx, limit: number): Promise<readonly FixEntry[]> {
  const rows = await tx.find(fixesTable, { reverse: true, limit });
  return rows.map(({ value }) => value);
}

/** An entry that can be undone: the one that is named, or the newest. Throws `security.fix_not_found`. */
export async function fixToUndo(tx: Tx, id: string | undefined): Promise<FixEntry> {
  const entries = await listFixes(tx, KEEP);
  const fixes = entries.filter(({ kind }) => kind === 'fix');
  const found =
    id === undefined
      ? fixes.find(({ state }) => state !== 'undone')
      : fixes.find((each) => each.id === id);
  if (found !== undefined && found.state !== 'undone') return found;
  const message =
    id === undefined
      ? 'There is nothing to undo.'
      : found === undefined
        ? `There is no fix ${id.slice(0, 20)}.`
        : `Fix ${id.slice(0, 20)} was undone already.`;
  throw new PortcullisError('security.fix_not_found', message, {
    hint: '"openclaw security undo --list" shows what was fixed and undone.',
  });
}
