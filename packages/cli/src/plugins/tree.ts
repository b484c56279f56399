/**
 * The files of a plugin and one hash over all of them. Reads every byte, follows no link, and stops
 * at bounds.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { lstat, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { unsafeFiles } from './fault.ts';

/** The files below a folder. */
export interface PluginTree {
  /** `sha512-<base64>` over the names, sizes and hashes of all files. */
  readonly integrity: string;
  /** SHA-512 of each file, base64, by its path with `/`. */
  readonly files: ReadonlyMap<string, string>;
  readonly bytes: number;
}

/** How a folder is read. */
export interface TreeOptions {
  /** Permission bits nothing may have. Default `0o022`: nobody else may write. */
  readonly forbidden?: number;
  /** Names of folders that are left out, wherever they are. Default: none. */
  readonly without?: readonly string[];
}

const MOST_FILES = 20_000;
const MOST_BYTES = 268_435_456;
const MOST_DEPTH = 64;

interface Walk {
  readonly root: string;
  readonly forbidden: number;
  readonly without: ReadonlySet<string>;
  readonly files: Map<string, { readonly hash: string; readonly size: number }>;
  bytes: number;
}

/** SHA-512 of some bytes, base64. */
export function hashOf(bytes: Uint8Array): string {
  return createHash('sha512').update(bytes).digest('base64');
}

function requireOwn(walk: Walk, path: string, found: Stats): void {
  const shown = path === '' ? 'its folder' : JSON.stringify(path);
  if (found.isSymbolicLink()) {
    throw unsafeFiles(`${shown} is a link`, 'Put the file itself there.');
  }
  const user = process.getuid?.();
  if (user !== undefined && found.uid !== user) {
    throw unsafeFiles(
      `${shown} belongs to another user`,
      'Install it again as the user who runs the gateway.',
    );
  }
  if ((found.mode & walk.forbidden) !== 0) {
    throw unsafeFiles(`${shown} can be written by others`, `chmod -R go-w ${walk.root}`);
  }
}

async function addFile(walk: Walk, path: string): Promise<void> {
  const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;
  const file = await open(join(walk.root, path), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const found = await file.stat();
    requireOwn(walk, path, found);
    if (!found.isFile()) throw unsafeFiles(`${JSON.stringify(path)} is no file`, 'Remove it.');
    walk.bytes += found.size;
    if (walk.bytes > MOST_BYTES || walk.files.size >= MOST_FILES) {
      throw unsafeFiles(
        'there are too many of them',
        'A plugin has at most 20,000 files and 256 MB.',
      );
    }
    const bytes = await file.readFile();
    walk.files.set(path, { hash: hashOf(bytes), size: bytes.length });
  } finally {
    await file.close();
  }
}

async function addFolder(walk: Walk, path: string, depth: number): Promise<void> {
  const folder = join(walk.root, path);
  requireOwn(walk, path, await lstat(folder));
  if (depth > MOST_DEPTH) throw unsafeFiles('its folders are too deep', 'Make them flatter.');
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const { name } = entry;
    if (walk.without.has(name)) continue;
    // A name with a line break could spell another list of files.
    if (/[\p{Cc}\\]/u.test(name))
      throw unsafeFiles(`${JSON.stringify(name)} is no name for a file`, 'Rename it.');
    const below = path === '' ? name : `${path}/${name}`;
    if (entry.isDirectory()) await addFolder(walk, below, depth + 1);
    else if (entry.isSymbolicLink()) requireOwn(walk, below, await lstat(join(walk.root, below)));
    else await addFile(walk, below);
  }
}

/**
 * Reads all files below a folder.
 *
 * @throws PortcullisError `plugin.unsafe_files` where something is a link, is not a file, is of
 * somebody else, can be written by others, or is too much.
 */
export async function readTree(
  root: string,
  { forbidden = 0o022, without = [] }: TreeOptions = {},
): Promise<PluginTree> {
  const walk: Walk = { root, forbidden, without: new Set(without), files: new Map(), bytes: 0 };
  await addFolder(walk, '', 0);
  const sorted = [...walk.files].toSorted(([left], [right]) => (left < right ? -1 : 1));
  const listing = sorted.map(([path, { hash, size }]) => `${hash} ${String(size)} ${path}\n`);
  return {
    integrity: `sha512-${hashOf(Buffer.from(listing.join(''), 'utf8'))}`,
    files: new Map(sorted.map(([path, { hash }]) => [path, hash])),
    bytes: walk.bytes,
  };
}
