/**
 * Modes of files and folders: what they are, and how one is changed. Promises: no link is followed,
 * nothing is changed that is not ours, and nothing that is not as it was found.
 *
 * @module
 */
import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  lstatSync,
  openSync,
  realpathSync,
  type Stats,
} from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';

import { PortcullisError } from '@portcullis/core';

import { errnoCode, errnoReason } from '../../config/text-file.ts';
import type { Skipped } from '../../services/posture.ts';

/** A file or folder that is to be private. */
export interface PrivatePath {
  readonly path: string;
  readonly kind: 'file' | 'directory';
  /** The folder it was found below; no link between the two is followed. */
  readonly below?: string;
}

/** A path as it was found. */
export type Looked =
  | { readonly mode: number; readonly skipped?: undefined }
  | { readonly mode?: number; readonly skipped: Exclude<Skipped, 'already'> };

const PERMISSIONS = 0o7777;
/** Everything that is somebody else's. */
const OTHERS = 0o077;

/** Whether others may do anything with it. */
export function isShared(mode: number): boolean {
  return (mode & OTHERS) !== 0;
}

/** Whether this process owns what is there. */
export type IsOurs = (stats: Stats) => boolean;

/** The user this process acts as. */
export const isOurs: IsOurs = ({ uid }) => uid === process.geteuid?.();

/** A link on the way from the folder it was found below. */
function passesLink({ path, below }: PrivatePath): boolean {
  if (below === undefined || !path.startsWith(below + sep)) return false;
  const parent = dirname(path);
  return realpathSync(parent) !== join(realpathSync(below), relative(below, parent));
}

function fault(stats: Stats, kind: PrivatePath['kind'], ours: IsOurs): Looked {
  const mode = stats.mode & PERMISSIONS;
  if (kind === 'file' && !stats.isFile()) return { mode, skipped: 'not-a-file' };
  if (kind === 'directory' && !stats.isDirectory()) return { mode, skipped: 'not-a-directory' };
  return ours(stats) ? { mode } : { mode, skipped: 'not-ours' };
}

/** Looks at a path. Never throws. */
export function lookAt(target: PrivatePath, ours: IsOurs = isOurs): Looked {
  try {
    const stats = lstatSync(target.path);
    if (stats.isSymbolicLink() || passesLink(target)) return { skipped: 'symlink' };
    return fault(stats, target.kind, ours);
  } catch (error) {
    const isThere = !['ENOENT', 'ENOTDIR'].includes(errnoCode(error));
    return { skipped: isThere ? 'unreadable' : 'missing' };
  }
}

function changed(path: string, reason: string): PortcullisError {
  return new PortcullisError('security.changed_since', `${path} ${reason}.`, {
    hint: 'Nothing was done to it. Look at it, then run the command again.',
    details: { path },
  });
}

/**
 * Changes a mode from what it was found as. On Linux and macOS a change of the path between looking
 * and changing is noticed: it is the opened file that is looked at and changed.
 *
 * Throws `security.changed_since`, `security.mode_refused`.
 */
export function changeMode(
  target: PrivatePath,
  { from, to }: { readonly from: number; readonly to: number },
  ours: IsOurs = isOurs,
): void {
  const { path, kind } = target;
  if (lookAt(target, ours).skipped === 'symlink') throw changed(path, 'is reached through a link');
  const folder = kind === 'directory' ? constants.O_DIRECTORY : 0;
  let descriptor: number | undefined;
  try {
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | folder;
    descriptor = openSync(path, flags);
    const found = fault(fstatSync(descriptor), kind, ours);
    if (found.skipped !== undefined) throw changed(path, 'is something else than it was');
    if (found.mode !== from) {
      throw changed(path, `has mode ${octal(found.mode)} and not ${octal(from)}`);
    }
    fchmodSync(descriptor, to);
  } catch (error) {
    if (PortcullisError.is(error)) throw error;
    if (errnoCode(error) === 'ELOOP') throw changed(path, 'is a link');
    throw new PortcullisError(
      'security.mode_refused',
      `The mode of ${path} was not changed: ${errnoReason(error)}.`,
      { hint: `Change it by hand: chmod ${octal(to)}`, details: { path }, cause: error },
    );
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** `600`. */
export function octal(mode: number): string {
  return mode.toString(8).padStart(3, '0');
}
