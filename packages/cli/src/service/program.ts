/**
 * Runs the program of a service manager: taken from where the system has it, with few variables, and
 * bounded in time.
 *
 * @module
 */
import { spawn } from 'node:child_process';

import { PortcullisError } from '@portcullis/core';
import type { Environment } from '@portcullis/gateway/config';

/** How a program ended. */
export interface Ran {
  /** Null where it could not be started or did not end in time. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Calls a program with arguments. Never rejects. */
export type Program = (args: readonly string[]) => Promise<Ran>;

/** A stop waits for the gateway to finish the work in hand. */
const PROGRAM_MS = 90_000;
const MAX_OUTPUT = 64 * 1024;
const VARIABLES = ['HOME', 'USER', 'LOGNAME', 'XDG_RUNTIME_DIR', 'DBUS_SESSION_BUS_ADDRESS'];

/** A program by its absolute path. */
export function programAt(path: string, env: Environment): Program {
  const variables = VARIABLES.flatMap((name): [string, string][] => {
    const value = env[name];
    return value === undefined ? [] : [[name, value]];
  });
  const own = Object.fromEntries([['PATH', '/usr/bin:/bin'], ['LC_ALL', 'C'], ...variables]);
  return (args) => {
    const child = spawn(path, args, {
      env: own,
      cwd: '/',
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: PROGRAM_MS,
      killSignal: 'SIGKILL',
    });
    return new Promise((resolve) => {
      let [stdout, stderr] = ['', ''];
      child.stdout.setEncoding('utf8').on('data', (piece: string) => {
        stdout = `${stdout}${piece}`.slice(0, MAX_OUTPUT);
      });
      child.stderr.setEncoding('utf8').on('data', (piece: string) => {
        stderr = `${stderr}${piece}`.slice(0, MAX_OUTPUT);
      });
      child.on('error', () => resolve({ code: null, stdout, stderr }));
      child.on('close', (code) => resolve({ code, stdout, stderr }));
    });
  };
}

/**
 * Runs a program that must succeed.
 *
 * @throws PortcullisError `service.unavailable`, `service.failed`.
 */
export async function must(program: Program, args: readonly string[]): Promise<Ran> {
  const ran = await program(args);
  if (ran.code === 0) return ran;
  const said = ran.stderr.trim().split('\n').at(-1) ?? '';
  const verb = args.find((each) => !each.startsWith('-')) ?? 'answer';
  const isAbsent = /Failed to connect to bus|No medium found|not been booted with systemd/u.test(
    said,
  );
  throw new PortcullisError(
    isAbsent ? 'service.unavailable' : 'service.failed',
    `The service manager refused to ${verb}: ${said === '' ? `code ${String(ran.code)}` : said}`,
    {
      hint: isAbsent
        ? 'Services of a user need a session of that user: log in as the user itself, not by su or sudo.'
        : 'openclaw gateway status shows what it says of the service.',
    },
  );
}
