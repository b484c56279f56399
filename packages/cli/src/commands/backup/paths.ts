/**
 * Paths as people read them.
 *
 * @module
 */
import { sep } from 'node:path';

import type { StatePaths } from '@portcullis/gateway/config';

/** With `~` for the home directory. */
export function shortPath({ home }: StatePaths, path: string): string {
  return path.startsWith(home + sep) ? `~${path.slice(home.length)}` : path;
}
