/**
 * A directory and all below it, without following a link: what a search begins with.
 *
 * @module
 */
import { posix } from 'node:path';

import { PortcullisError, type TreeEntry, isAllowed } from '@portcullis/core';

import { isSystemFault } from './faults.ts';
import { type Listing, listEntries } from './listing.ts';
import type { Look, Looker } from './look.ts';
import { withDirectory } from './opening.ts';

/** How far to go. */
export interface TreeBounds {
  /** Most entries. */
  readonly limit: number;
  /** Names of directories that are not looked into. */
  readonly except: ReadonlySet<string>;
  readonly signal: AbortSignal;
}

/** What lies below a directory. */
export interface Tree {
  readonly entries: readonly TreeEntry[];
  readonly more: boolean;
  /** Directories that were listed, and those that were refused or gone. */
  readonly directories: number;
  readonly refused: number;
}

/**
 * Lists the directory `root` was decided for, written as `path`, and those below it. Each is decided
 * by policy and opened for itself; one that is refused or gone is counted and left out.
 */
export async function listTree(
  looker: Looker,
  root: Look,
  path: string,
  { limit, except, signal }: TreeBounds,
): Promise<Tree> {
  const entries: TreeEntry[] = [];
  const queue = [''];
  const count = { directories: 0, refused: 0 };
  let more = false;
  for (const below of queue) {
    signal.throwIfAborted();
    const found = await listOne(looker, root, path, below, limit - entries.length);
    if (found === undefined) {
      count.refused += 1;
      continue;
    }
    count.directories += 1;
    for (const entry of found.entries) {
      const at = posix.join(below, entry.name);
      entries.push({ ...entry, path: at });
      if (entry.type === 'directory' && !except.has(entry.name)) queue.push(at);
    }
    more ||= found.more;
    if (entries.length >= limit) break;
  }
  const isCut = count.directories + count.refused < queue.length;
  return { entries, more: more || isCut || count.refused > 0, ...count };
}

async function listOne(
  looker: Looker,
  root: Look,
  path: string,
  below: string,
  limit: number,
): Promise<Listing | undefined> {
  if (below === '') return await withDirectory(looker, root, (open) => listEntries(open, limit));
  try {
    const look = await looker.look('list', posix.join(path, below), root.workspace);
    // Put in place of a directory meanwhile, a link would lead in a circle or elsewhere.
    const isThere = look.resolved === posix.join(root.resolved, below);
    if (!isAllowed(look.decision) || !isThere) return undefined;
    return await withDirectory(looker, look, (open) => listEntries(open, limit));
  } catch (error) {
    if (PortcullisError.is(error) || isSystemFault(error)) return undefined;
    throw error;
  }
}
