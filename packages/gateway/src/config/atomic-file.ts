/**
 * Puts a file in place whole or not at all. Promises: private to the user (0600, directories
 * 0700); a crash at any moment leaves the old file or the new one; temporary files never stay.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fchmodSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { errnoCode } from './text-file.ts';

function syncDirectory(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function writeTemporary(path: string, text: string): void {
  const descriptor = openSync(path, 'wx', 0o600);
  try {
    fchmodSync(descriptor, 0o600);
    writeFileSync(descriptor, text, 'utf8');
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function withTemporary(path: string, text: string, place: (temporary: string) => void): void {
  const directory = dirname(path);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const temporary = join(directory, `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    writeTemporary(temporary, text);
    place(temporary);
  } finally {
    rmSync(temporary, { force: true });
  }
  syncDirectory(directory);
}

/** Replaces a file whole, or makes it; the directories above it too. Throws what the system refuses. */
export function replaceFile(path: string, text: string): void {
  withTemporary(path, text, (temporary) => renameSync(temporary, path));
}

/** Makes a file. Returns false, and changes nothing, when anything is already there. */
export function createFile(path: string, text: string): boolean {
  let created = true;
  withTemporary(path, text, (temporary) => {
    try {
      // Unlike a rename, a link never replaces what it meets, not even a dangling symbolic link.
      linkSync(temporary, path);
    } catch (error) {
      if (errnoCode(error) !== 'EEXIST') throw error;
      created = false;
    }
  });
  return created;
}
