/**
 * What OpenClaw keeps in its database: read from a private copy, because SQLite puts files beside a
 * database it opens.
 *
 * @module
 */
import { copyFileSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { type Source, realInside } from './source.ts';

/** The database inside the state directory. */
export const DATABASE = 'state/openclaw.sqlite';

/** What was read of it. Values are as they stand there: not yet checked. */
export interface TheirRecords {
  /** Who was approved by pairing. */
  readonly senders: readonly {
    readonly channel: string;
    readonly account: string;
    readonly sender: string;
  }[];
  /** Jobs, as JSON text. */
  readonly jobs: readonly string[];
  /** The document about commands, as JSON text. */
  readonly approvals: string | undefined;
  /** How many there are of what stays behind. */
  readonly secrets: number;
  readonly devices: number;
}

/** The database as it was found. */
export type TheirDatabase =
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable'; readonly why: string }
  | ({ readonly kind: 'read' } & TheirRecords);

/** A larger one is not copied. */
const MAX_BYTES = 512 * 2 ** 20;
/** How often to try where somebody writes it meanwhile. */
const ATTEMPTS = 3;

/** Reads the database. What cannot be read is told, never thrown. */
export function readDatabase(source: Source): TheirDatabase {
  const path = realInside(source, DATABASE);
  if (path === undefined) return { kind: 'absent' };
  if (statSync(path).size > MAX_BYTES) return unreadable('it is larger than 512 MB');
  const folder = mkdtempSync(join(tmpdir(), 'openclaw-import-'));
  try {
    const copy = join(folder, 'copy.sqlite');
    if (!copyWhole(path, copy))
      return unreadable('OpenClaw writes it at this moment; stop it first');
    return { kind: 'read', ...recordsOf(copy) };
  } catch (error) {
    const isSqlite = error instanceof Error && 'errstr' in error;
    return unreadable(isSqlite ? `SQLite says: ${String(error.errstr)}` : 'it cannot be copied');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function unreadable(why: string): TheirDatabase {
  return { kind: 'unreadable', why };
}

/** Copies the database with the log of what is not yet in it. False where both moved meanwhile. */
function copyWhole(path: string, copy: string): boolean {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const before = stamp(path);
    rmSync(`${copy}-wal`, { force: true });
    copyFileSync(path, copy);
    const log = `${path}-wal`;
    if (statSync(log, { throwIfNoEntry: false }) !== undefined) copyFileSync(log, `${copy}-wal`);
    if (stamp(path) === before) return true;
  }
  return false;
}

function stamp(path: string): string {
  return [path, `${path}-wal`]
    .map((file) => {
      const stat = statSync(file, { bigint: true, throwIfNoEntry: false });
      return stat === undefined ? '-' : `${stat.ino}:${stat.size}:${stat.mtimeNs}`;
    })
    .join(' ');
}

function recordsOf(path: string): TheirRecords {
  const database = new DatabaseSync(path);
  try {
    const rows = (table: string, columns: string): readonly Readonly<Record<string, unknown>>[] =>
      hasTable(database, table) ? database.prepare(`SELECT ${columns} FROM ${table}`).all() : [];
    const count = (table: string): number => Number(rows(table, 'count(*) AS n')[0]?.['n'] ?? 0);
    return {
      senders: rows('channel_pairing_allow_entries', 'channel_key, account_id, entry').map(
        (row) => ({
          channel: String(row['channel_key']),
          account: String(row['account_id']),
          sender: String(row['entry']),
        }),
      ),
      jobs: rows('cron_jobs', 'job_json').map((row) => String(row['job_json'])),
      approvals: rows('exec_approvals_config', 'raw_json').map((row) => String(row['raw_json']))[0],
      secrets: count('secret_store_entries'),
      devices: count('device_pairing_paired'),
    };
  } finally {
    database.close();
  }
}

function hasTable(database: DatabaseSync, name: string): boolean {
  const row = database
    .prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?")
    .get(name);
  return row !== undefined;
}
