/**
 * Paths as the model writes them: what they would mean here, before any disk is asked.
 *
 * @module
 */
import { posix } from 'node:path';

/**
 * Spellings that mean a place elsewhere: a URL, a drive, a share, an encoded separator. On this
 * system each would be a plain name, but whoever writes one means something else, and whatever
 * reads the name next may take it at its word.
 */
const FOREIGN: readonly RegExp[] = [
  /^[a-z][a-z0-9+.-]*:\/\//iu,
  /^file:/iu,
  /^[a-z]:[\\/]/iu,
  /\\/u,
  /^@\//u,
  /%(?:2e|2f|5c|00|25)/iu,
];

/** True for a spelling that belongs to another system or another layer. */
export function isForeignNotation(path: string): boolean {
  return FOREIGN.some((pattern) => pattern.test(path));
}

/** The absolute path that is meant: `~` is home, a relative path starts in the workspace. */
export function absolutePath(path: string, home: string, workspace: string): string {
  const expanded = path === '~' || path.startsWith('~/') ? `${home}/${path.slice(1)}` : path;
  return trimmed(posix.resolve('/', workspace, expanded));
}

/** True when `path` is `directory` or lies in it. Both absolute and normal. */
export function isWithin(path: string, directory: string): boolean {
  return directory === '/' || path === directory || path.startsWith(`${directory}/`);
}

/** `path` as seen from `directory`, `.` for itself; the path itself when it lies elsewhere. */
export function relativeTo(path: string, directory: string): string {
  if (path === directory) return '.';
  return isWithin(path, directory) ? posix.relative(directory, path) : path;
}

function trimmed(path: string): string {
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}
