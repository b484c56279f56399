/**
 * The entries of an open directory, bounded.
 *
 * @module
 */
import type { Stats } from 'node:fs';
import { lstat, opendir } from 'node:fs/promises';

import type { FileEntry } from '@portcullis/core';

import { errnoCode } from '../../config/text-file.ts';
import { type OpenDirectory, entryPath, selfPath } from './descent.ts';

/** Most names that are looked at to find the first in order. */
const MOST_NAMES = 50_000;

/** A directory's entries by name, and whether there are more. */
export interface Listing<TEntry extends FileEntry = FileEntry> {
  readonly entries: readonly TEntry[];
  readonly more: boolean;
}

/** Entries of the directory by name, at most `limit`. Links are told as `other` and not followed. */
export async function listEntries(directory: OpenDirectory, limit: number): Promise<Listing> {
  const { names, more } = await namesIn(directory);
  const chosen = names.toSorted(byCodePoints).slice(0, limit);
  const entries: FileEntry[] = [];
  for (const name of chosen) {
    const entry = await entryOf(directory, name);
    if (entry !== undefined) entries.push(entry);
  }
  return { entries, more: more || names.length > chosen.length };
}

/** One entry; undefined when it is gone. */
export async function entryOf(
  directory: OpenDirectory,
  name: string,
): Promise<FileEntry | undefined> {
  try {
    return describeEntry(name, await lstat(entryPath(directory, name)));
  } catch (error) {
    if (errnoCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** A file as tools see it. */
export function describeEntry(name: string, stats: Stats): FileEntry {
  const kind = stats.isFile() ? 'file' : 'other';
  return {
    name,
    type: stats.isDirectory() ? 'directory' : kind,
    size: stats.size,
    modifiedAt: Math.trunc(stats.mtimeMs),
  };
}

async function namesIn(directory: OpenDirectory): Promise<{ names: string[]; more: boolean }> {
  const names: string[] = [];
  const opened = await opendir(selfPath(directory));
  // Leaving the loop closes it.
  for await (const { name } of opened) {
    if (names.length === MOST_NAMES) return { names, more: true };
    names.push(name);
  }
  return { names, more: false };
}

function byCodePoints(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
