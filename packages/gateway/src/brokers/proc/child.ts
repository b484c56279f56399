/**
 * One operating-system process and everything it starts: a process group of its own, ended as a
 * whole.
 *
 * @module
 */
import { type ChildProcess, type StdioPipe, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { isMainThread } from 'node:worker_threads';

/** What to start. No shell is involved. */
export interface Launch {
  /** Absolute path. */
  readonly file: string;
  /** What the program is told it is called. Default `file`. */
  readonly argv0?: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Contents of the descriptors from 3 on. */
  readonly extra?: readonly Buffer[];
}

/** How a process ended. */
export interface Exit {
  /** 128 and the signal's number for one that was killed, as shells have it. */
  readonly code: number;
  readonly signal?: string;
}

/** A process that runs. */
export interface Child {
  readonly pid: number;
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Resolves when it has ended, its group is gone and its output was read. Never rejects. */
  readonly ended: Promise<Exit>;
  /** Signals the whole group. */
  kill(signal: NodeJS.Signals): void;
}

const SIGNAL_NUMBERS: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGABRT: 6,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGPIPE: 13,
  SIGTERM: 15,
  SIGXCPU: 24,
  SIGXFSZ: 25,
  SIGSYS: 31,
};
/** What a shell answers for a program it cannot execute. */
const CANNOT_EXECUTE = 126;

/** Starts a process. Undefined when it cannot be executed. */
export async function startChild(launch: Launch): Promise<Child | undefined> {
  const child = spawnPrivately(launch);
  // Where the program cannot be executed there is no process and this is all there is to hear.
  child.on('error', () => undefined);
  const { pid, stdin, stdout, stderr } = child;
  if (pid === undefined || stdin === null || stdout === null || stderr === null) return undefined;
  // A program that does not read to the end is no error of ours.
  stdin.on('error', () => undefined);
  for (const [index, content] of (launch.extra ?? []).entries()) {
    feed(child, index + 3, content);
  }
  return { pid, stdin, stdout, stderr, ended: endOf(child, pid), kill: killer(pid) };
}

function spawnPrivately({ file, argv0 = file, args, env, cwd, extra = [] }: Launch): ChildProcess {
  const pipes: StdioPipe[] = extra.map(() => 'pipe');
  // The mask is inherited at the fork, which happens inside `spawn`.
  const before = isMainThread ? process.umask(0o077) : undefined;
  try {
    return spawn(file, [...args], {
      argv0,
      env,
      cwd,
      detached: true,
      shell: false,
      stdio: ['pipe', 'pipe', 'pipe', ...pipes],
    });
  } finally {
    if (before !== undefined) process.umask(before);
  }
}

function feed(child: ChildProcess, descriptor: number, content: Buffer): void {
  const pipe = child.stdio[descriptor];
  if (pipe === undefined || pipe === null || !('write' in pipe)) return;
  pipe.on('error', () => undefined);
  pipe.end(content);
}

function killer(pid: number): (signal: NodeJS.Signals) => void {
  return (signal) => {
    try {
      process.kill(-pid, signal);
    } catch {
      // There is nobody left in the group.
    }
  };
}

function endOf(child: ChildProcess, pid: number): Promise<Exit> {
  return new Promise((resolve) => {
    let exit: Exit = { code: CANNOT_EXECUTE };
    child.on('exit', (code, signal) => {
      exit =
        signal === null
          ? { code: code ?? CANNOT_EXECUTE }
          : { code: 128 + (SIGNAL_NUMBERS[signal] ?? 0), signal };
      // What it left behind in its group ends with it; only then are its pipes closed.
      killer(pid)('SIGKILL');
    });
    child.on('close', () => resolve(exit));
  });
}
