/**
 * Looks at a store that nobody has open. Writes nothing, takes no lock, and leaves a store that is
 * owned alone: its owner sees to it.
 *
 * @module
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';

import { type LogLine, PortcullisError } from '@portcullis/core';

import { type LockHolder, lockHolder, readHolder } from './directory-lock.ts';
import { corruptFailure, fromFailure, toFailure } from './failure.ts';
import { inspect, pendingChanges } from './migration.ts';
import { DATABASE_FILE } from './open-store.ts';
import { Reader } from './reader.ts';
import { type TableDeclaration, compileTables } from './schema.ts';

/** What to look at, and how closely. */
export interface InspectOptions {
  /** The state folder. */
  readonly directory: string;
  /** Every table that units of work would use. */
  readonly tables: readonly TableDeclaration[];
  /** Compares every index with its table too, which takes longer. Default false. */
  readonly thorough?: boolean;
}

/** A store as it lies there. */
export type StoreInspection =
  /** There is none. */
  | { readonly kind: 'absent' }
  /** A process has it open; nothing was read. */
  | { readonly kind: 'owned'; readonly holder: LockHolder }
  /** It would not open: `store.corrupt`, `store.newer` or `store.io`. */
  | { readonly kind: 'unusable'; readonly error: PortcullisError }
  | SoundStore;

/** A store that would open. */
export interface SoundStore {
  readonly kind: 'sound';
  /** The owner that never closed it: it was killed, or power failed. */
  readonly lostHolder: LockHolder | undefined;
  /** What the next opening adds or takes away: `table notes`. */
  readonly pending: readonly string[];
  /** Lines of a log after `after`, oldest first. */
  lines(log: string, after: number, limit: number): readonly LogLine[];
  /** Ends the look. */
  close(): void;
}

/**
 * Looks at the store in a folder. A damaged one is told, never thrown; the caller closes a sound one.
 */
export function inspectStore(options: InspectOptions): StoreInspection {
  const { directory } = options;
  try {
    const holder = lockHolder(directory);
    if (holder !== undefined) return { kind: 'owned', holder };
    const path = join(directory, DATABASE_FILE);
    if (statSync(path, { throwIfNoEntry: false }) === undefined) return { kind: 'absent' };
    return sound(options, path);
  } catch (error) {
    // Somebody who opened it meanwhile changes it under the eyes of this look.
    const holder = ownerNow(directory);
    if (holder !== undefined) return { kind: 'owned', holder };
    const told = PortcullisError.is(error) ? error : fromFailure(toFailure(error), error);
    return { kind: 'unusable', error: told };
  }
}

function ownerNow(directory: string): LockHolder | undefined {
  try {
    return lockHolder(directory);
  } catch {
    return undefined;
  }
}

function sound({ directory, tables, thorough = false }: InspectOptions, path: string): SoundStore {
  const schemas = compileTables(tables);
  const place = unshared(path);
  const database = new DatabaseSync(place, { readOnly: true });
  let pending: readonly string[];
  try {
    inspect(database, true);
    if (thorough) checkIndexes(database);
    pending = pendingChanges(database, schemas);
  } finally {
    database.close();
  }
  const reader = new Reader(place, schemas);
  return {
    kind: 'sound',
    lostHolder: readHolder(directory),
    pending,
    lines: (log, after, limit) => reader.lines(log, after, limit),
    close: () => reader.close(),
  };
}

/**
 * The database without the files SQLite puts beside one that is shared. Where a write-ahead log was
 * left behind, what it holds counts, and those files are there already.
 */
function unshared(path: string): string | URL {
  const log = statSync(`${path}-wal`, { throwIfNoEntry: false });
  if (log !== undefined && log.size > 0) return path;
  const url = pathToFileURL(path);
  url.searchParams.set('immutable', '1');
  return url;
}

function checkIndexes(database: DatabaseSync): void {
  const verdict = database.prepare('PRAGMA integrity_check(1)').get()?.['integrity_check'];
  if (verdict !== 'ok') {
    throw fromFailure(corruptFailure('its indexes contradict its tables'));
  }
}
