/**
 * Where a path leads, as facts for policy. What is found here is a claim: whoever acts on it opens
 * the file and compares.
 *
 * @module
 */
import type { BigIntStats } from 'node:fs';
import { lstat, realpath, stat } from 'node:fs/promises';
import { posix } from 'node:path';

import type { FileFacts } from '@portcullis/policy/files';

import { errnoCode } from '../../config/text-file.ts';

/** What a path names. */
export type FileKind = NonNullable<FileFacts['type']>;

/** Facts about an inode. */
export type InodeFacts = Pick<FileFacts, 'type' | 'nlink' | 'dev' | 'ino'>;

const ABSENT = new Set(['ENOENT', 'ENOTDIR']);

/** The kind, names and identity of an inode. */
export function inodeFacts(stats: BigIntStats): InodeFacts {
  return {
    type: kindOf(stats),
    nlink: Number(stats.nlink),
    dev: String(stats.dev),
    ino: String(stats.ino),
  };
}

function kindOf(stats: BigIntStats): FileKind {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'dir';
  if (stats.isFIFO()) return 'fifo';
  return stats.isSocket() ? 'socket' : 'device';
}

/**
 * Looks where an absolute path leads. Throws what the system throws for names it cannot take.
 * A path that may not be looked at has no `real` and no `parentReal`, which policy refuses.
 */
export async function survey(path: string, workspaceReal: string): Promise<FileFacts> {
  const leaf = await lookAt(() => lstat(path, { bigint: true }));
  const target = await lookAt(() => realpath(path));
  const facts = {
    workspaceReal,
    leafExists: leaf.found !== undefined,
    leafIsSymlink: leaf.found?.isSymbolicLink() ?? false,
    loop: leaf.loop || target.loop,
    real: target.found ?? null,
  };
  if (target.found === undefined) {
    const parentReal = await realDirectory(posix.dirname(path));
    return parentReal === undefined ? facts : { ...facts, parentReal };
  }
  const inode = await lookAt(() => stat(target.found ?? path, { bigint: true }));
  const parentReal = posix.dirname(target.found);
  return { ...facts, parentReal, ...(inode.found === undefined ? {} : inodeFacts(inode.found)) };
}

/** The directory without links; of one that is missing, where it would be made. */
async function realDirectory(path: string): Promise<string | undefined> {
  const { found, absent } = await lookAt(() => realpath(path));
  if (found !== undefined) return found;
  // A name that is there and leads nowhere is a dangling link: nothing is made through it.
  const dangling = !absent || (await lookAt(() => lstat(path))).found !== undefined;
  if (dangling || path === '/') return undefined;
  const above = await realDirectory(posix.dirname(path));
  return above === undefined ? undefined : posix.join(above, posix.basename(path));
}

interface Sight<T> {
  readonly found?: T;
  readonly loop: boolean;
  readonly absent: boolean;
}

async function lookAt<T>(look: () => Promise<T>): Promise<Sight<T>> {
  try {
    return { found: await look(), loop: false, absent: false };
  } catch (error) {
    const code = errnoCode(error);
    if (ABSENT.has(code)) return { loop: false, absent: true };
    if (code === 'ELOOP') return { loop: true, absent: false };
    if (code === 'EACCES' || code === 'EPERM') return { loop: false, absent: false };
    throw error;
  }
}
