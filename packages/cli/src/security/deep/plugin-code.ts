/**
 * The code of plugins as facts. Reads files, follows no link, runs nothing, and stops: at a number of
 * files and bytes, and when the time is over. What was not read is said.
 *
 * @module
 */
import type { Dirent } from 'node:fs';
import { lstat, open, readFile, readdir, realpath } from 'node:fs/promises';
import { join, posix, relative, resolve, sep } from 'node:path';

import type { StatePaths } from '@portcullis/gateway/config';
import {
  type PluginCodeFact,
  type PluginCodeHit,
  type PluginFact,
  scanCode,
  scanScripts,
} from '@portcullis/policy/audit';
import { isRecord } from '../../record.ts';

import { installationsOf, installedIds } from '../../plugins/record.ts';

/** How much is read. */
export interface CodeBounds {
  /** Files of one plugin. */
  readonly files: number;
  /** Bytes of one file. */
  readonly fileBytes: number;
  /** Bytes of one plugin. */
  readonly bytes: number;
}

/** Bounds where nobody asks for others. */
export const CODE_BOUNDS: CodeBounds = { files: 2000, fileBytes: 1_048_576, bytes: 33_554_432 };

/** Text that Node runs, and what it loads beside it without anybody being able to read it. */
const SOURCE = /\.(?:[cm]?[jt]sx?)$/iu;
const BINARY = /\.(?:node|wasm|so|dylib|dll|exe)$/iu;
const TYPES = /\.d\.[cm]?ts$/iu;
const HIDDEN = /(?:^|\/)(?:\.[^./]|node_modules(?:\/|$))/u;

/** A manifest, as far as it is looked at. */
interface Manifest {
  readonly entries: readonly string[];
  readonly scripts: unknown;
}

interface Scan {
  readonly root: string;
  readonly signal: AbortSignal;
  readonly bounds: CodeBounds;
  readonly hits: PluginCodeHit[];
  readonly unread: string[];
  files: number;
  bytes: number;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'it failed';
}

/** The plugins that are installed: those somebody asked for, not what they need. */
export async function installedPackages(paths: StatePaths): Promise<readonly PluginFact[]> {
  const { pluginsDir } = paths;
  const others = installedIds(paths).flatMap((id) =>
    installationsOf(paths, id).map(({ root }) => ({ id, path: root })),
  );
  const manifest = await readObject(join(pluginsDir, 'package.json'));
  const wanted = isRecord(manifest) ? manifest['dependencies'] : undefined;
  const names = isRecord(wanted) ? Object.keys(wanted) : [];
  const ours = names
    .filter((name) => /^(?:@[\w.-]+\/)?[\w-][\w.-]*$/u.test(name))
    .map((name) => ({ id: name, path: join(pluginsDir, 'node_modules', name) }));
  return [...ours, ...others];
}

async function readObject(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/** The beginning of a regular file; undefined where it is none. Neither a link nor a pipe is read. */
async function readStart(
  path: string,
  most: number,
): Promise<{ readonly text: string; readonly whole: boolean } | undefined> {
  const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = (await import('node:fs')).constants;
  const file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const found = await file.stat();
    if (!found.isFile()) return undefined;
    const buffer = Buffer.alloc(Math.min(found.size, most));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
    return { text: buffer.toString('utf8', 0, bytesRead), whole: found.size <= most };
  } finally {
    await file.close();
  }
}

async function scanFile(scan: Scan, path: string): Promise<void> {
  const { root, bounds, hits, unread } = scan;
  const file = relative(root, path);
  try {
    const start = await readStart(path, bounds.fileBytes);
    if (start === undefined) {
      unread.push(`${file} could not be read (not a file)`);
      return;
    }
    const { text, whole } = start;
    scan.files += 1;
    scan.bytes += text.length;
    if (!whole) unread.push(`${file} is too large and was read in part`);
    hits.push(...scanCode(text).map((hit) => ({ ...hit, file })));
  } catch (error) {
    unread.push(`${file} could not be read (${codeOf(error)})`);
  }
}

/** True, and noted, when nothing more may be read. */
function isOver({ signal, bounds, files, bytes, unread }: Scan): boolean {
  const why = signal.aborted
    ? 'there was no time to read it all'
    : files >= bounds.files
      ? `only the first ${String(bounds.files)} files were read`
      : bytes >= bounds.bytes
        ? `only the first ${String(bounds.bytes)} bytes were read`
        : undefined;
  if (why === undefined) return false;
  if (!unread.includes(why)) unread.push(why);
  return true;
}

async function look(scan: Scan, entry: Dirent, folders: string[]): Promise<void> {
  const path = join(entry.parentPath, entry.name);
  const name = relative(scan.root, path);
  if (entry.isSymbolicLink()) {
    scan.unread.push(`${name} is a link and was not followed`);
  } else if (entry.isDirectory()) {
    if (entry.name !== 'node_modules' && entry.name !== '.git') folders.push(path);
  } else if (BINARY.test(entry.name)) {
    scan.unread.push(`${name} is a program that cannot be read`);
  } else if (SOURCE.test(entry.name) && !TYPES.test(entry.name)) {
    await scanFile(scan, path);
  }
}

async function walk(scan: Scan): Promise<void> {
  const folders = [scan.root];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    if (isOver(scan)) return;
    try {
      const entries = await readdir(folder, { withFileTypes: true });
      for (const entry of entries.toSorted((left, right) => (left.name < right.name ? -1 : 1))) {
        if (isOver(scan)) return;
        await look(scan, entry, folders);
      }
    } catch (error) {
      const name = relative(scan.root, folder) || 'its folder';
      scan.unread.push(`${name} could not be read (${codeOf(error)})`);
    }
  }
}

/** The manifest; undefined where there is none, `broken` where it is no JSON object. */
async function manifestOf(root: string): Promise<Manifest | 'broken' | undefined> {
  try {
    const start = await readStart(join(root, 'package.json'), 1_048_576);
    if (start === undefined) return 'broken';
    const value: unknown = JSON.parse(start.text);
    if (!isRecord(value)) return 'broken';
    const plugin = isRecord(value['openclaw']) ? value['openclaw'] : {};
    const entries = [value['main'], plugin['extensions']].flat();
    return {
      entries: entries.filter((entry) => typeof entry === 'string'),
      scripts: value['scripts'],
    };
  } catch (error) {
    return codeOf(error) === 'ENOENT' ? undefined : 'broken';
  }
}

/** Where a path leads when links are followed; the path itself where nothing is there. */
async function reached(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    return path;
  }
}

function inside(target: string, top: string): boolean {
  return target === top || target.startsWith(top + sep);
}

async function isOutside(root: string, entry: string): Promise<boolean> {
  const path = resolve(root, entry);
  return !inside(path, root) || !inside(await reached(path), await reached(root));
}

/** An entry that a look at the folder does not come by. */
function isHidden(entry: string): boolean {
  return HIDDEN.test(posix.normalize(entry.replaceAll('\\', '/')));
}

/** Looks at the code of one plugin. Never rejects. */
export async function readPluginCode(
  { id, path }: PluginFact,
  signal: AbortSignal,
  bounds: CodeBounds = CODE_BOUNDS,
): Promise<PluginCodeFact> {
  const scan: Scan = { root: path, signal, bounds, hits: [], unread: [], files: 0, bytes: 0 };
  const manifest = await manifestOf(path);
  const known = manifest === 'broken' ? undefined : manifest;
  const entries = known?.entries ?? [];
  const outside = await Promise.all(entries.map((entry) => isOutside(path, entry)));
  const escapes = entries.filter((_entry, index) => outside[index] === true);
  const hidden = entries.filter((entry, index) => outside[index] !== true && isHidden(entry));
  const own = scanScripts(known?.scripts).map((hit) => ({ ...hit, file: 'package.json' }));
  if (await isLink(path)) scan.unread.push('its folder is a link and was not followed');
  else await walk(scan);
  for (const entry of hidden) await scanFile(scan, resolve(path, entry));
  return {
    id,
    path,
    files: scan.files,
    bytes: scan.bytes,
    hits: [...own, ...scan.hits],
    unread: scan.unread,
    ...(manifest === 'broken' && { manifestBroken: true }),
    ...(escapes.length > 0 && { escapes }),
    ...(hidden.length > 0 && { hidden }),
  };
}

async function isLink(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isSymbolicLink();
  } catch {
    return false;
  }
}
