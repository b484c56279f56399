/**
 * The `tailscale` command: found in places only the administrator of the machine can write to, run
 * with an exact list of arguments, without a shell, in an environment of its own.
 *
 * @module
 */
import { execFile } from 'node:child_process';
import { lstatSync, realpathSync, statSync } from 'node:fs';
import { dirname, isAbsolute } from 'node:path';

import { PortcullisError } from '@portcullis/core';

/** Where it is looked for, in this order. Never in `PATH`: a folder of somebody else may stand there. */
const PLACES: readonly string[] = [
  '/usr/bin/tailscale',
  '/usr/local/bin/tailscale',
  '/usr/sbin/tailscale',
  '/opt/homebrew/bin/tailscale',
  '/run/current-system/sw/bin/tailscale',
  '/Applications/Tailscale.app/Contents/MacOS/Tailscale',
];

/** All the command is told of this process. */
const ENVIRONMENT: Readonly<Record<string, string>> = {
  PATH: '/usr/bin:/bin:/usr/sbin:/sbin',
  HOME: '/',
  LANG: 'C',
};

const MAX_OUTPUT = 1_048_576;

/** As much of what the command says as an error repeats. */
const MAX_WORDS = 500;

/** What came of a call. */
export interface Ran {
  readonly ok: boolean;
  readonly stdout: string;
  /** What it said, for people: at most 500 characters. */
  readonly words: string;
}

/** A found command. */
export class TailscaleProgram {
  readonly #path: string;

  private constructor(path: string) {
    this.#path = path;
  }

  /**
   * Finds the command.
   *
   * Throws `gateway.tailscale.not_found` when there is none, or when others could have put it there.
   *
   * @param configured `gateway.tailscale.binary`, an absolute path
   */
  static find(configured: string | undefined): TailscaleProgram {
    const places = configured === undefined ? PLACES : [configured];
    let fault: string | undefined;
    for (const place of places) {
      fault = faultOf(place);
      if (fault === undefined) return new TailscaleProgram(realpathSync(place));
    }
    const what = configured === undefined ? 'tailscale is not installed' : (fault ?? 'none');
    throw new PortcullisError(
      'gateway.tailscale.not_found',
      configured === undefined
        ? `The gateway cannot be published: ${what}.`
        : `gateway.tailscale.binary cannot be used: ${what}.`,
      { hint: 'Install Tailscale from its own package, or set gateway.tailscale.mode to "off".' },
    );
  }

  /** Runs it. Never rejects. */
  run(args: readonly string[], timeoutMs: number): Promise<Ran> {
    return new Promise((resolve) => {
      const child = execFile(
        this.#path,
        args,
        {
          shell: false,
          cwd: '/',
          env: ENVIRONMENT,
          timeout: timeoutMs,
          killSignal: 'SIGKILL',
          maxBuffer: MAX_OUTPUT,
          windowsHide: true,
        },
        (error, stdout, stderr) => {
          const words = (stderr.trim() === '' ? stdout : stderr).trim().slice(0, MAX_WORDS);
          resolve({ ok: error === null, stdout, words });
        },
      );
      child.stdin?.end();
    });
  }
}

/** Why a file may not be run, or undefined. */
function faultOf(path: string): string | undefined {
  if (!isAbsolute(path)) return 'it is no absolute path';
  try {
    const real = realpathSync(path);
    const stat = statSync(real);
    if (!stat.isFile()) return 'it is no regular file';
    if ((stat.mode & 0o022) !== 0) return 'other users may change it';
    if (!isOurs(stat.uid)) return 'it belongs to another user';
    return isReplaceable(real) ? 'other users may replace it' : undefined;
  } catch {
    return 'it does not exist';
  }
}

function isOurs(uid: number): boolean {
  return uid === 0 || uid === process.getuid?.();
}

/** Whether somebody else may put another file in its place. */
function isReplaceable(path: string): boolean {
  let folder = dirname(path);
  for (;;) {
    const { mode } = lstatSync(folder);
    const isSticky = (mode & 0o1000) !== 0;
    if ((mode & 0o002) !== 0 && !isSticky) return true;
    const parent = dirname(folder);
    if (parent === folder) return false;
    folder = parent;
  }
}
