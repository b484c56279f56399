/**
 * Paths as people read them.
 *
 * @module
 */
import { resolve, sep } from 'node:path';

import type { StatePaths } from '@portcullis/gateway/config';

import type { CommandContext } from '../../context.ts';

/** With `~` for the home directory. */
export function shortPath({ home }: StatePaths, path: string): string {
  return path.startsWith(home + sep) ? `~${path.slice(home.length)}` : path;
}

/** The folder a command was called in. */
export function folderOf({ cwd = process.cwd() }: CommandContext): string {
  return cwd;
}

/** A path of the command line, absolute. */
export function fullPath(context: CommandContext, path: string): string {
  return resolve(folderOf(context), path);
}
