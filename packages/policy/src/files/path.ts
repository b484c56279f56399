/**
 * Paths as text: absolute POSIX paths, normalised and compared without touching a disk.
 *
 * @module
 */
import { utf8ToBytes } from '@noble/hashes/utils.js';

/** The longest path that is looked at, in octets. */
const LONGEST_PATH = 4096;

/** True for a path worth resolving: not empty, not too long, no control characters, real Unicode. */
export function isPlainPath(path: unknown): path is string {
  return (
    typeof path === 'string' &&
    path !== '' &&
    path.isWellFormed() &&
    path.length <= LONGEST_PATH &&
    utf8ToBytes(path).length <= LONGEST_PATH &&
    // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
    !/[\u0000-\u001f\u007f-\u009f]/.test(path)
  );
}

/** An absolute path without `.`, `..`, doubled or trailing slashes. `..` at the root stays there. */
export function normalisePath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

/** `path` as it is meant: `~` is home, a relative path starts in the workspace. */
export function expandPath(path: string, home: string, workspace: string): string {
  if (path === '~' || path.startsWith('~/')) return normalisePath(`${home}/${path.slice(1)}`);
  return normalisePath(path.startsWith('/') ? path : `${workspace}/${path}`);
}

/** The spelling under which a case-insensitive file system would find the same file. */
export function foldPath(path: string): string {
  return path.normalize('NFC').toLowerCase();
}

/** True when `path` is `directory` or lies in it. `/ws-evil` is not in `/ws`. */
export function isInside(path: string, directory: string, fold: boolean): boolean {
  const child = fold ? foldPath(path) : path;
  const parent = fold ? foldPath(directory) : directory;
  return parent === '/' || child === parent || child.startsWith(`${parent}/`);
}
