/**
 * The npm of the user, with the registry and settings he has for it. The way to registries: nothing
 * else here reaches one.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';

import type { Environment } from '@portcullis/gateway/config';

/** Variables that say how npm reaches its registry; none of ours. */
const PASSED =
  /^(?:HOME|PATH|XDG_CONFIG_HOME|NODE_EXTRA_CA_CERTS|(?:npm|NPM)_(?:config|CONFIG)_\w+|(?:https?|no)_proxy)$/iu;

/** What npm did. */
export interface NpmAnswer {
  /** Null where it was ended. */
  readonly code: number | null;
  readonly stdout: string;
}

/** How npm is run. */
export interface NpmCall {
  /** The folder it runs in: a setting found there counts, so never one of somebody else. */
  readonly cwd: string;
  readonly timeoutMs: number;
  /** The most of its output that is kept, in characters. Default 65,536. */
  readonly maxOutput?: number;
  readonly signal?: AbortSignal;
}

/** npm, by absolute folders alone: a program in the working directory is not the one meant. */
export function findNpm(env: Environment): string | undefined {
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

/** Runs npm with exactly these arguments and no shell. Never rejects. */
export function runNpm(
  npm: string,
  env: Environment,
  args: readonly string[],
  { cwd, timeoutMs, maxOutput = 65_536, signal }: NpmCall,
): Promise<NpmAnswer> {
  const passed = Object.entries(env).filter(([name]) => PASSED.test(name));
  const child = spawn(npm, args, {
    env: Object.fromEntries(passed),
    cwd,
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
    ...(signal !== undefined && { signal }),
  });
  return new Promise((resolve) => {
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (piece: string) => {
      stdout = `${stdout}${piece}`.slice(0, maxOutput);
    });
    child.on('error', () => resolve({ code: null, stdout }));
    child.on('close', (code) => resolve({ code, stdout }));
  });
}
