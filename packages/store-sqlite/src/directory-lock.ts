/**
 * One process owns a state folder.
 *
 * The owner holds an exclusive transaction on `lock.sqlite` for as long as it lives. The kernel
 * lets go of it when the process dies, however it dies, so a stale lock cannot exist. `lock.json`
 * beside it only tells people who the owner is; it decides nothing.
 *
 * Nothing here opens `lock.sqlite` except through SQLite: closing any other descriptor of that file
 * would make the kernel drop the lock of this very process.
 *
 * @module
 */
import { chmodSync, closeSync, mkdirSync, openSync, readFileSync, rmSync, statSync } from 'node:fs';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { PortcullisError } from '@portcullis/core';

/** Who owns a state folder, as far as it could say so. */
export interface LockHolder {
  /** Process id, unknown for the moment between locking and writing it down. */
  readonly pid: number | undefined;
  /** When it opened the store, ISO 8601. */
  readonly since: string | undefined;
}

/** An owned state folder. */
export interface DirectoryLock {
  /** True when the owner before this one never closed the store: it was killed, or power failed. */
  readonly afterCrash: boolean;
  /** Gives the folder up. */
  release(): void;
}

const LOCK_FILE = 'lock.sqlite';
const HOLDER_FILE = 'lock.json';
/** Long enough to outlast someone who only looks whether the folder is locked. */
const PATIENCE_MS = 200;

/**
 * Makes `directory` (0700) and becomes its owner.
 *
 * Throws `store.locked`, naming the owner's pid, while another store has it open, in this process
 * or another; `store.io` when the folder cannot be made or written.
 */
export function lockDirectory(directory: string): DirectoryLock {
  makePrivate(directory);
  const path = join(directory, LOCK_FILE);
  touchPrivate(path);
  const database = new DatabaseSync(path, { timeout: PATIENCE_MS });
  try {
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (isBusy(error)) throw lockedError(readHolder(directory), error);
    throw error;
  }
  const afterCrash = readHolder(directory) !== undefined;
  writeHolder(directory);
  return {
    afterCrash,
    release: () => {
      rmSync(join(directory, HOLDER_FILE), { force: true });
      database.close();
    },
  };
}

/**
 * Tells who has the store in `directory` open, or `undefined` when nobody has.
 *
 * Cheap and without effect on the owner: the command line asks it before it opens a store itself.
 */
export function lockHolder(directory: string): LockHolder | undefined {
  const path = join(directory, LOCK_FILE);
  if (statSync(path, { throwIfNoEntry: false }) === undefined) return undefined;
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    database.prepare('SELECT count(*) FROM sqlite_schema').get();
    return undefined;
  } catch (error) {
    if (!isBusy(error)) throw error;
    return readHolder(directory) ?? { pid: undefined, since: undefined };
  } finally {
    database.close();
  }
}

/** Creates a file that only its owner can read; leaves an existing one alone but for its mode. */
export function touchPrivate(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw folderError(error);
  }
  if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o600);
}

function makePrivate(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    if ((statSync(directory).mode & 0o777) !== 0o700) chmodSync(directory, 0o700);
  } catch (error) {
    throw folderError(error);
  }
}

function writeHolder(directory: string): void {
  const path = join(directory, HOLDER_FILE);
  const holder = { pid: process.pid, since: new Date().toISOString() };
  try {
    writeFileSync(`${path}.new`, `${JSON.stringify(holder)}\n`, { mode: 0o600 });
    renameSync(`${path}.new`, path);
  } catch (error) {
    throw folderError(error);
  }
}

/** Whoever wrote himself down as the owner, alive or not; undefined after an orderly end. */
export function readHolder(directory: string): LockHolder | undefined {
  try {
    const holder: unknown = JSON.parse(readFileSync(join(directory, HOLDER_FILE), 'utf8'));
    if (typeof holder !== 'object' || holder === null) return { pid: undefined, since: undefined };
    const pid = 'pid' in holder && typeof holder.pid === 'number' ? holder.pid : undefined;
    const since = 'since' in holder && typeof holder.since === 'string' ? holder.since : undefined;
    return { pid, since };
  } catch (error) {
    return errorCode(error) === 'ENOENT' ? undefined : { pid: undefined, since: undefined };
  }
}

function lockedError(holder: LockHolder | undefined, cause: unknown): PortcullisError {
  const who = holder?.pid === undefined ? 'another process' : `process ${holder.pid}`;
  return new PortcullisError('store.locked', `The state folder is in use by ${who}.`, {
    hint: 'Stop that process, or talk to the running gateway instead of opening its state.',
    details: { pid: holder?.pid },
    retryable: true,
    cause,
  });
}

function folderError(error: unknown): PortcullisError {
  const reason = errorCode(error) ?? 'unknown error';
  return new PortcullisError('store.io', `The state folder cannot be used: ${reason}.`, {
    hint: 'Give this user the right to write it, or name another folder.',
    cause: error,
  });
}

function isBusy(error: unknown): boolean {
  if (typeof error !== 'object' || error === null || !('errcode' in error)) return false;
  return typeof error.errcode === 'number' && (error.errcode & 0xff) === 5;
}

function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
