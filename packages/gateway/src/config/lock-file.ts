/**
 * Lets one program at a time rewrite a file. Promises: a lock that a crash left behind is ignored
 * after half a minute.
 *
 * @module
 */
import { closeSync, mkdirSync, openSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

import { errnoCode } from './text-file.ts';

/** A lock left behind by a crash is ignored after this long. */
const STALE_LOCK_MS = 30_000;

/**
 * Does `work` while no other program does the same to `path`. Makes the directory where it is
 * missing.
 *
 * @throws what `busy` makes where another program is at it, and what the file system says.
 */
export function withFileLock<T>(path: string, busy: () => Error, work: () => T): T {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const lock = `${path}.lock`;
  take(lock, busy);
  try {
    return work();
  } finally {
    rmSync(lock, { force: true });
  }
}

function take(lock: string, busy: () => Error): void {
  try {
    closeSync(openSync(lock, 'wx', 0o600));
  } catch (error) {
    if (errnoCode(error) !== 'EEXIST') throw error;
    if (Date.now() - statSync(lock).mtimeMs < STALE_LOCK_MS) throw busy();
    rmSync(lock, { force: true });
    closeSync(openSync(lock, 'wx', 0o600));
  }
}
