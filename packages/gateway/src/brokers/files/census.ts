/**
 * Everything in a workspace at one moment, each entry with a mark that changes when it is written to:
 * the identity of the inode and the time of its last change, which no program can set.
 *
 * @module
 */
import type { BigIntStats } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { posix } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { errnoCode } from '../../config/text-file.ts';

/** One entry. */
export interface CensusEntry {
  readonly isDirectory: boolean;
  readonly mark: string;
}

/** Entries by absolute path, without the workspace itself. */
export type Census = ReadonlyMap<string, CensusEntry>;

/** Entries of a workspace that are looked at; nobody vouches for what is in a larger one. */
export const CENSUS_MOST = 10_000;
/** Changes within one tick of the file system's clock have the same time. */
const TICK_MS = 20;

/** What tells one state of a file from another. */
export function markOf({ dev, ino, size, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, ctimeNs].map(String).join(':');
}

/** Looks at everything in the workspace; undefined when there is too much. Links are not followed. */
export async function takeCensus(root: string): Promise<Census | undefined> {
  const found = new Map<string, CensusEntry>();
  const folders = [root];
  let newest = 0n;
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const name of await namesIn(folder)) {
      if (found.size >= CENSUS_MOST) return undefined;
      const path = posix.join(folder, name);
      const stats = await entryAt(path);
      if (stats === undefined) continue;
      if (stats.ctimeNs > newest) newest = stats.ctimeNs;
      const isDirectory = stats.isDirectory();
      if (isDirectory) folders.push(path);
      found.set(path, { isDirectory, mark: markOf(stats) });
    }
  }
  // What is written from now on must get another mark than what was seen.
  if (Date.now() - Number(newest / 1_000_000n) < TICK_MS) await sleep(TICK_MS);
  return found;
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (GONE.has(errnoCode(error))) return [];
    throw error;
  }
}

async function entryAt(path: string): Promise<BigIntStats | undefined> {
  try {
    return await lstat(path, { bigint: true });
  } catch (error) {
    if (GONE.has(errnoCode(error))) return undefined;
    throw error;
  }
}

const GONE = new Set(['ENOENT', 'ENOTDIR']);
