/**
 * Which version the registry has: asked through the npm of the user, with its settings, and only when
 * somebody wants to know.
 *
 * @module
 */
import { homedir } from 'node:os';

import { PortcullisError } from '@portcullis/core';
import type { Environment } from '@portcullis/gateway/config';

import { findNpm, runNpm } from '../../npm/npm.ts';
import { PACKAGE } from './installation.ts';

const VERSION = /^(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$/u;
const PROGRAM_MS = 20_000;

/**
 * The newest version that is published.
 *
 * @throws PortcullisError `update.unknown` where npm is not there, or does not know.
 */
export async function newestVersion(env: Environment): Promise<string> {
  const npm = findNpm(env);
  if (npm === undefined) throw unknown('npm is not installed, or not in PATH');
  const { code, stdout } = await runNpm(npm, env, ['view', PACKAGE, 'version', '--json'], {
    // A setting of the working directory must not choose another registry.
    cwd: env['HOME'] ?? homedir(),
    timeoutMs: PROGRAM_MS,
  });
  if (code !== 0) throw unknown(code === null ? 'npm gave no answer in time' : 'npm failed');
  let version: unknown;
  try {
    version = JSON.parse(stdout);
  } catch {
    throw unknown('npm answered something else');
  }
  if (typeof version === 'string' && VERSION.test(version)) return version;
  throw unknown('npm answered something else');
}

function unknown(why: string): PortcullisError {
  return new PortcullisError(
    'update.unknown',
    `The newest version could not be found out: ${why}.`,
    {
      hint: `See what npm says: npm view ${PACKAGE} version`,
    },
  );
}

/** True where `candidate` comes after `version`. A version before a release comes before it. */
export function isNewer(candidate: string, version: string): boolean {
  const [left, right] = [VERSION.exec(candidate), VERSION.exec(version)];
  if (left === null || right === null) return false;
  for (const index of [1, 2, 3]) {
    const difference = Number(left[index]) - Number(right[index]);
    if (difference !== 0) return difference > 0;
  }
  const [before, after] = [left[4], right[4]];
  if (before === undefined || after === undefined)
    return before === undefined && after !== undefined;
  return before.localeCompare(after, 'en', { numeric: true }) > 0;
}
