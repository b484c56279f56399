/**
 * Which version the registry has: asked through the npm of the user, with its settings, and only when
 * somebody wants to know.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';

import { PortcullisError } from '@portcullis/core';
import type { Environment } from '@portcullis/gateway/config';

import { PACKAGE } from './installation.ts';

const VERSION = /^(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$/u;
const PROGRAM_MS = 20_000;
const MAX_OUTPUT = 64 * 1024;

/** Variables that say how npm reaches its registry; none of ours. */
const PASSED =
  /^(?:HOME|PATH|XDG_CONFIG_HOME|NODE_EXTRA_CA_CERTS|(?:npm|NPM)_(?:config|CONFIG)_\w+|(?:https?|no)_proxy)$/iu;

/**
 * The newest version that is published.
 *
 * @throws PortcullisError `update.unknown` where npm is not there, or does not know.
 */
export async function newestVersion(env: Environment): Promise<string> {
  const npm = findNpm(env);
  if (npm === undefined) throw unknown('npm is not installed, or not in PATH');
  const { code, stdout } = await run(npm, env);
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

/** By absolute folders alone: a program in the working directory is not the one meant. */
function findNpm(env: Environment): string | undefined {
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => isAbsolute(folder));
  return folders.map((folder) => join(folder, 'npm')).find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function run(npm: string, env: Environment): Promise<{ code: number | null; stdout: string }> {
  const passed = Object.entries(env).filter(([name]) => PASSED.test(name));
  // A setting of the working directory must not choose another registry.
  const child = spawn(npm, ['view', PACKAGE, 'version', '--json'], {
    env: Object.fromEntries(passed),
    cwd: env['HOME'] ?? homedir(),
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: PROGRAM_MS,
    killSignal: 'SIGKILL',
  });
  return new Promise((resolve) => {
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (piece: string) => {
      stdout = `${stdout}${piece}`.slice(0, MAX_OUTPUT);
    });
    child.on('error', () => resolve({ code: null, stdout }));
    child.on('close', (code) => resolve({ code, stdout }));
  });
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
