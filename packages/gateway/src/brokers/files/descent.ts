/**
 * Opening without following: from a directory that is known, one name at a time.
 *
 * Node has no `openat`. On Linux `/proc/self/fd/N/name` is the same thing: the kernel starts at the
 * open directory, whatever has become of its path. Each name is opened with `O_NOFOLLOW`, so a link
 * put in place of a directory is an error, not a detour, and what the descriptor shows afterwards
 * is where it really is. On other systems names are joined to the path and the path is compared
 * after opening; there a swap within the very call can be noticed only afterwards.
 *
 * @module
 */
import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, readlink, realpath, stat } from 'node:fs/promises';
import { posix } from 'node:path';

import { errnoCode } from '../../config/text-file.ts';
import { swapped } from './faults.ts';
import { isWithin } from './notation.ts';

const LINUX = process.platform === 'linux';
/** A descriptor that only names a place: needs no right to read the directory. Linux's own number. */
const O_PATH = LINUX ? 0o10_000_000 : 0;
const STEP = constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** A directory held open. */
export interface OpenDirectory {
  readonly handle: FileHandle;
  /** The path it was opened under, free of links. */
  readonly path: string;
  /** Directories that were made on the way, outermost first. */
  readonly made: readonly string[];
}

/** A path that names `name` in the open directory, whatever became of the directory's own path. */
export function entryPath({ handle, path }: OpenDirectory, name: string): string {
  return LINUX ? `/proc/self/fd/${String(handle.fd)}/${name}` : posix.join(path, name);
}

/** A path under which the open directory itself can be read. */
export function selfPath({ handle, path }: OpenDirectory): string {
  return LINUX ? `/proc/self/fd/${String(handle.fd)}` : path;
}

/** Where an open file really is. Elsewhere than on Linux: `path`, if that still is the open file. */
export async function placeOf(handle: FileHandle, path: string): Promise<string> {
  if (LINUX) return await readlink(`/proc/self/fd/${String(handle.fd)}`);
  const [place, named, opened] = await Promise.all([
    realpath(path),
    stat(path, { bigint: true }),
    handle.stat({ bigint: true }),
  ]);
  if (named.dev !== opened.dev || named.ino !== opened.ino) throw swapped();
  return place;
}

/**
 * Opens the directory `path`, absolute and free of links, from `root` down where it lies in it, else
 * from the top. With `make`, missing ones are made, for their owner alone.
 *
 * Throws `fs.toctou` when a part of it is a link now, or the system's error.
 */
export async function openDirectory(
  path: string,
  root: string,
  options: { readonly make?: boolean } = {},
): Promise<OpenDirectory> {
  const start = isWithin(path, root) ? root : '/';
  const names = posix
    .relative(start, path)
    .split('/')
    .filter((name) => name !== '');
  const made: string[] = [];
  let current: OpenDirectory = {
    handle: await step(start, names.length === 0),
    path: start,
    made,
  };
  try {
    for (const [index, name] of names.entries()) {
      const at = entryPath(current, name);
      const next = posix.join(current.path, name);
      if (options.make === true && (await makeDirectory(at))) made.push(next);
      const handle = await step(at, index === names.length - 1);
      await current.handle.close();
      current = { handle, path: next, made };
    }
    await assertInPlace(current);
    return current;
  } catch (error) {
    await current.handle.close();
    throw error;
  }
}

/** Throws `fs.toctou` unless the open directory still is where it was opened. */
export async function assertInPlace({ handle, path }: OpenDirectory): Promise<void> {
  if ((await placeOf(handle, path)) !== path) throw swapped();
}

/** Opens a file of the directory without following a link, blocking on a pipe or creating it. */
export async function openEntry(directory: OpenDirectory, name: string): Promise<FileHandle> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  try {
    return await open(entryPath(directory, name), flags);
  } catch (error) {
    throw errnoCode(error) === 'ELOOP' ? swapped() : error;
  }
}

async function step(path: string, last: boolean): Promise<FileHandle> {
  try {
    return await open(path, STEP | (last ? constants.O_RDONLY : O_PATH));
  } catch (error) {
    const code = errnoCode(error);
    // A link opened as a directory answers either, depending on the system.
    if (code === 'ELOOP') throw swapped();
    throw error;
  }
}

/** True when it was not there before. */
async function makeDirectory(path: string): Promise<boolean> {
  try {
    await mkdir(path, 0o700);
    return true;
  } catch (error) {
    if (errnoCode(error) === 'EEXIST') return false;
    throw error;
  }
}
