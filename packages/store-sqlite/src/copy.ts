/**
 * Copies a store while somebody uses it.
 *
 * @module
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, backup } from 'node:sqlite';

import { PortcullisError } from '@portcullis/core';

import { touchPrivate } from './directory-lock.ts';
import { fromFailure, toFailure } from './failure.ts';
import { inspect } from './migration.ts';
import { DATABASE_FILE } from './open-store.ts';

/** Larger than any database: all pages are copied in one step, from one moment. */
const ALL_PAGES = 2_147_483_647;

/**
 * Copies the database of a state folder into another folder, which must exist, as one file (0600).
 *
 * Whoever has the store open goes on reading and writing; the copy is of one moment and holds every
 * unit of work that was committed before. Nothing in `directory` is changed.
 *
 * @returns false where `directory` holds no database.
 * @throws PortcullisError `store.corrupt`, `store.newer`, `store.io`.
 */
export async function copySqliteStore(directory: string, target: string): Promise<boolean> {
  const path = join(directory, DATABASE_FILE);
  if (statSync(path, { throwIfNoEntry: false }) === undefined) return false;
  const copy = join(target, DATABASE_FILE);
  try {
    const source = new DatabaseSync(path, { readOnly: true, timeout: 5000 });
    try {
      inspect(source, false);
      touchPrivate(copy);
      await backup(source, copy, { rate: ALL_PAGES });
    } finally {
      source.close();
    }
    leaveOneFile(copy);
  } catch (error) {
    throw PortcullisError.is(error) ? error : fromFailure(toFailure(error), error);
  }
  return true;
}

/** A copy is one file: nothing of it waits in a write-ahead log beside it. */
function leaveOneFile(path: string): void {
  const database = new DatabaseSync(path);
  try {
    database.exec('PRAGMA journal_mode = DELETE');
  } finally {
    database.close();
  }
}
