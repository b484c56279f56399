/**
 * Writes and reads the history of the config. Promises: an entry is never rewritten but for what
 * became of it; entries beyond the configured number go, the oldest first.
 *
 * @module
 */
import { PortcullisError, type Tx } from '@portcullis/core';

import type {
  ConfigEntry,
  ConfigEntryDetail,
  ConfigEntryState,
  ConfigControl,
} from '../services/config.ts';
import { type ConfigRow, configHistoryTable, entryKey } from './row.ts';

/** Entries that are swept in one step. */
const SWEEP = 100;
const MOST_LISTED = 500;

/** A new entry, before it has a number. */
export type ConfigDraft = Omit<ConfigRow, 'id'>;

/** An entry whose document came to count, or waits to. */
function isDocument({ state }: ConfigRow): boolean {
  return state === 'applied' || state === 'waiting' || state === 'writing';
}

/** An entry without its document. */
export function toEntry(row: ConfigRow): ConfigEntry {
  const { text: _text, means: _means, settings: _settings, ...entry } = row;
  return entry;
}

/** Adds an entry and lets go of those beyond `keep`. Resolves with it. */
export async function addEntry(tx: Tx, draft: ConfigDraft, keep: number): Promise<ConfigRow> {
  const [newest] = await tx.find(configHistoryTable, { limit: 1, reverse: true });
  const id = String(Number(newest?.value.id ?? '0') + 1);
  const row: ConfigRow = { ...draft, id };
  tx.put(configHistoryTable, entryKey(id), row);
  const excess = (await tx.count(configHistoryTable)) - keep;
  if (excess > 0) {
    const oldest = await tx.find(configHistoryTable, { limit: Math.min(excess, SWEEP) });
    // What is being written, or waits, is needed until it is settled.
    for (const { key, value } of oldest) {
      if (value.state !== 'writing' && value.state !== 'waiting')
        tx.delete(configHistoryTable, key);
    }
  }
  return row;
}

/** Says what became of an entry. Throws `config.entry_not_found`. */
export async function settleEntry(
  tx: Tx,
  id: string,
  change: { readonly state: ConfigEntryState } & Partial<
    Pick<ConfigEntry, 'cause' | 'settledAt' | 'settledBy'>
  >,
): Promise<ConfigEntry> {
  const row = await tx.get(configHistoryTable, entryKey(id));
  if (row === undefined) throw entryNotFound(id);
  // Why it waited is over with the waiting.
  const { cause: _cause, ...old } = row;
  const settled = { ...old, ...change };
  tx.put(configHistoryTable, entryKey(id), settled);
  return toEntry(settled);
}

/** The newest entry whose document came to count, or waits to. */
export async function newestDocument(tx: Tx): Promise<ConfigRow | undefined> {
  const rows = await tx.find(configHistoryTable, { limit: SWEEP, reverse: true });
  return rows.find(({ value }) => isDocument(value))?.value;
}

/** Every entry in a state, oldest first. */
export async function entriesIn(tx: Tx, state: ConfigEntryState): Promise<readonly ConfigRow[]> {
  const rows = await tx.find(configHistoryTable, { index: 'state', equals: [state] });
  return rows.map(({ value }) => value);
}

/** Entries, newest first. */
export async function listEntries(
  tx: Tx,
  { limit = 50, before }: NonNullable<Parameters<ConfigControl['history']>[0]> = {},
): Promise<readonly ConfigEntry[]> {
  const most = Math.min(limit, MOST_LISTED);
  const older =
    before === undefined ? undefined : await tx.get(configHistoryTable, entryKey(before));
  const all = await tx.find(configHistoryTable, { reverse: true });
  const from =
    older === undefined ? all : all.filter(({ value }) => Number(value.id) < Number(older.id));
  return from.slice(0, most).map(({ value }) => toEntry(value));
}

/** One entry with its documents. Throws `config.entry_not_found`. */
export async function describeEntry(tx: Tx, id: string): Promise<ConfigEntryDetail> {
  const row = await tx.get(configHistoryTable, entryKey(id));
  if (row === undefined) throw entryNotFound(id);
  const same = await tx.find(configHistoryTable, {
    index: 'after',
    equals: [row.before],
    reverse: true,
  });
  const from = same.find(({ value }) => value.text !== undefined && value.id !== row.id);
  return {
    ...toEntry(row),
    ...(from?.value.text === undefined ? {} : { beforeText: from.value.text }),
    ...(row.text === undefined ? {} : { afterText: row.text }),
  };
}

function entryNotFound(id: string): PortcullisError {
  return new PortcullisError('config.entry_not_found', `There is no entry ${id.slice(0, 20)}.`, {
    hint: '"openclaw config history" lists them; older ones may be gone.',
  });
}
