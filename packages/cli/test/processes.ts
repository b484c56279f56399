/**
 * Real processes of the command line: the committed bin, and the program from source.
 *
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, existsSync, realpathSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The file that `openclaw` is. */
export const BIN: string = join(import.meta.dirname, '../bin/openclaw.mjs');

/** Arguments that run the program without building it. */
export const FROM_SOURCE: readonly string[] = [
  '--conditions=@portcullis/source',
  join(import.meta.dirname, 'run-from-source.ts'),
];

/** A Node that is not the one of this repository, as a user of an older one has it; else ours. */
export function systemNode(): string {
  const own = realpathSync(process.execPath);
  const found = (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => !folder.includes('node_modules'))
    .map((folder) => join(folder, 'node'))
    .find((path) => isProgram(path) && realpathSync(path) !== own);
  return found ?? own;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return existsSync(path);
  } catch {
    return false;
  }
}

/** What a process left behind. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process, and how it ends. */
export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves when this text was written to stdout. */
  wrote(text: string): Promise<void>;
}

/** Starts a program with nothing but these variables, in the folder of the tests or in `cwd`. */
export function start(
  node: string,
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
  cwd?: string,
): Started {
  const child = spawn(node, argv, { env, cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const written = { stdout: '', stderr: '' };
  const waiting = new Set<() => void>();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      written[name] += text;
      for (const look of waiting) look();
    });
  }
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, ...written }));
  });
  const wrote = (text: string): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (!written.stdout.includes(text)) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    });
  return { child, ended, wrote };
}
