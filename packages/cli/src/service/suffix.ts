/**
 * How the services of several states on one machine are told apart.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';

import type { StatePaths } from '@portcullis/gateway/config';

/**
 * Nothing for `~/.openclaw`, `-work` for `~/.openclaw-work`, and for a state elsewhere a few letters
 * that stand for its path.
 */
export function serviceSuffix({ home, stateDir }: StatePaths): string {
  const name = basename(stateDir);
  if (join(home, name) === stateDir) {
    const found = /^\.openclaw(-[a-z0-9][a-z0-9_-]*)?$/u.exec(name);
    if (found !== null) return found[1] ?? '';
  }
  return `-${createHash('sha256').update(stateDir).digest('hex').slice(0, 8)}`;
}
