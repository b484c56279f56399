/**
 * Copies files into a folder of its own, each as it was at one moment. Promises: nothing but plain
 * files, and only those that really lie where they were looked for: an agent that writes its
 * workspace cannot have a file from elsewhere put into a backup.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import {
  type Dirent,
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  mkdirSync,
  openSync,
  readSync,
  readdirSync,
  realpathSync,
  writeSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';

import { PortcullisError } from '@portcullis/core';

import type { ArchivedFile } from './manifest.ts';

const PIECE_BYTES = 1024 * 1024;

/** Told of what is not copied. */
export type OnSkipped = (path: string, reason: string) => void;

/** What of a folder is wanted. `false` leaves out a file, or a folder with all that is in it. */
export type Wanted = (path: string) => boolean;

/** Plain files below `folder`, absolute, in a fixed order. Symbolic links are not followed. */
export function* filesBelow(
  folder: string,
  wanted: Wanted,
  onSkipped: OnSkipped,
): Generator<string> {
  for (const entry of entriesOf(folder)) {
    const path = join(folder, entry.name);
    if (!wanted(path)) continue;
    if (entry.isDirectory()) yield* filesBelow(path, wanted, onSkipped);
    else if (entry.isFile()) yield path;
    else onSkipped(path, entry.isSymbolicLink() ? 'symbolic link' : 'no plain file');
  }
}

function entriesOf(folder: string): readonly Dirent[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw unreadable(folder, error);
  }
}

/**
 * Copies a file, with its permission bits. What vanished meanwhile is left out; what turned into
 * something else is skipped.
 *
 * @param root the real path of the folder the file must lie in.
 * @throws PortcullisError `backup.unreadable`.
 */
export function copyFile(path: string, target: string, root: string, onSkipped: OnSkipped): void {
  let from: number;
  try {
    from = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    if (codeOf(error) === 'ELOOP') return onSkipped(path, 'symbolic link');
    throw unreadable(path, error);
  }
  try {
    const { mode, ...stat } = fstatSync(from);
    const isThere = stat.nlink > 0 && (mode & constants.S_IFMT) === constants.S_IFREG;
    if (!isThere || !liesIn(from, path, root)) return onSkipped(path, 'changed while it was read');
    mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
    const to = openSync(target, 'wx', 0o600);
    try {
      copyBytes(from, to);
      fchmodSync(to, (mode & 0o777) | 0o600);
    } finally {
      closeSync(to);
    }
  } finally {
    closeSync(from);
  }
}

/** True where an open file is the one below the root: no folder on the way was swapped for a link. */
function liesIn(descriptor: number, path: string, root: string): boolean {
  try {
    const link = `/proc/self/fd/${String(descriptor)}`;
    const real = process.platform === 'linux' ? realpathSync(link) : realpathSync(path);
    const way = relative(root, real);
    return way !== '' && !way.startsWith('..') && !way.startsWith('/');
  } catch {
    return false;
  }
}

function copyBytes(from: number, to: number): void {
  const buffer = Buffer.alloc(PIECE_BYTES);
  for (;;) {
    const length = readSync(from, buffer, 0, buffer.length, null);
    if (length === 0) return;
    for (let written = 0; written < length;)
      written += writeSync(to, buffer, written, length - written);
  }
}

/** Describes a copied file. */
export function describe(path: string, name: string): ArchivedFile {
  const descriptor = openSync(path, 'r');
  try {
    const { mode } = fstatSync(descriptor);
    const hash = createHash('sha256');
    const buffer = Buffer.alloc(PIECE_BYTES);
    let size = 0;
    for (;;) {
      const length = readSync(descriptor, buffer, 0, buffer.length, null);
      if (length === 0) break;
      hash.update(buffer.subarray(0, length));
      size += length;
    }
    return { path: name, size, mode: mode & 0o777, sha256: hash.digest('hex') };
  } finally {
    closeSync(descriptor);
  }
}

function unreadable(path: string, cause: unknown): PortcullisError {
  return new PortcullisError('backup.unreadable', `${path} cannot be read: ${codeOf(cause)}.`, {
    hint: 'Give this user the right to read it, or move it out of the state directory.',
    cause,
  });
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}
