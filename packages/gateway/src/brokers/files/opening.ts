/**
 * Opening what was decided about, and nothing else.
 *
 * @module
 */
import { type FileHandle, lstat } from 'node:fs/promises';
import { posix } from 'node:path';

import { isAllowed } from '@portcullis/core';

import { errnoCode } from '../../config/text-file.ts';
import {
  type OpenDirectory,
  assertInPlace,
  entryPath,
  openDirectory,
  openEntry,
  placeOf,
} from './descent.ts';
import { refusedFile, swapped } from './faults.ts';
import type { Look, Looker } from './look.ts';
import { inodeFacts } from './survey.ts';

/** Runs `work` in the open directory that holds what `look` found. */
export async function inParent<T>(
  look: Look,
  options: { readonly make?: boolean },
  work: (directory: OpenDirectory, name: string) => Promise<T>,
): Promise<T> {
  const { resolved, workspace } = look;
  const directory = await openDirectory(posix.dirname(resolved), workspace.real, options);
  try {
    return await work(directory, posix.basename(resolved));
  } finally {
    await directory.handle.close();
  }
}

/** Runs `work` with the open file that `look` found, once the descriptor shows the same file. */
export async function withFile<T>(
  looker: Looker,
  look: Look,
  work: (handle: FileHandle) => Promise<T>,
): Promise<T> {
  return await inParent(look, {}, (directory, name) =>
    withEntry(looker, look, directory, name, work),
  );
}

/** As `withFile`, in a directory that is open already. */
export async function withEntry<T>(
  looker: Looker,
  look: Look,
  directory: OpenDirectory,
  name: string,
  work: (handle: FileHandle) => Promise<T>,
): Promise<T> {
  const handle = await openEntry(directory, name);
  try {
    await confirmOpened(looker, look, handle);
    return await work(handle);
  } finally {
    await handle.close();
  }
}

/** Runs `work` with the open directory that `look` found. */
export async function withDirectory<T>(
  looker: Looker,
  look: Look,
  work: (directory: OpenDirectory) => Promise<T>,
): Promise<T> {
  const directory = await openDirectory(look.resolved, look.workspace.real);
  try {
    await confirmOpened(looker, look, directory.handle);
    return await work(directory);
  } finally {
    await directory.handle.close();
  }
}

/** Asks policy again with what the descriptor shows; throws its refusal. */
async function confirmOpened(looker: Looker, look: Look, handle: FileHandle): Promise<void> {
  const inode = inodeFacts(await handle.stat({ bigint: true }));
  const decision = looker.confirm(look, { inode, real: await placeOf(handle, look.resolved) });
  if (!isAllowed(decision)) throw refusedFile(decision);
}

/** Asks policy again about a name that is yet to be made in the open directory. */
export async function confirmAbsent(
  looker: Looker,
  look: Look,
  directory: OpenDirectory,
  name: string,
): Promise<void> {
  await assertInPlace(directory);
  const place = posix.join(directory.path, name);
  const decision = looker.confirm(look, { inode: {}, real: place });
  if (!isAllowed(decision)) throw refusedFile(decision);
  if (await hasEntry(directory, name)) throw swapped();
}

/** Whether the directory holds the name, be it a link. */
export async function hasEntry(directory: OpenDirectory, name: string): Promise<boolean> {
  try {
    await lstat(entryPath(directory, name));
    return true;
  } catch (error) {
    if (errnoCode(error) === 'ENOENT') return false;
    throw error;
  }
}
