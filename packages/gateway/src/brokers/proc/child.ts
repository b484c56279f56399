/**
 * One operating-system process and everything it starts: a process group of its own, ended as a
 * whole.
 *
 * @module
 */
import { type ChildProcess, type StdioNull, type StdioPipe, spawn } from 'node:child_process';
import { existsSync, openSync, readFileSync, readdirSync } from 'node:fs';
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
/** O_CLOEXEC on Linux. */
const CLOSE_ON_EXEC = 0o2_000_000;
const MOST_DESCRIPTORS = 1023;
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
  const pipes: (StdioPipe | StdioNull | number)[] = extra.map(() => 'pipe');
  // What this process was itself started with is not handed on: nothing stands in its place.
  const { numbers, nothing } = inherited();
  for (let number = 3 + pipes.length; number <= Math.max(...numbers); number += 1) {
    pipes.push(numbers.has(number) ? nothing : 'ignore');
  }
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

/** Descriptors that a program would inherit, and one of `/dev/null` to stand in their place. */
interface Inherited {
  readonly numbers: ReadonlySet<number>;
  readonly nothing: number;
}

let found: Inherited | undefined;

/** Found once: every descriptor that this process opens itself is closed by the kernel. */
function inherited(): Inherited {
  if (found === undefined) {
    const numbers = new Set(findInherited());
    found = { numbers, nothing: numbers.size === 0 ? 0 : openSync('/dev/null', 'r+') };
  }
  return found;
}

function findInherited(): readonly number[] {
  try {
    const open = readdirSync('/proc/self/fd').map(Number);
    return open.filter((descriptor) => {
      const path = `/proc/self/fdinfo/${String(descriptor)}`;
      if (descriptor < 3 || descriptor > MOST_DESCRIPTORS || !existsSync(path)) return false;
      const flags = /^flags:\s*([0-7]+)$/mu.exec(readFileSync(path, 'utf8'))?.[1] ?? '0';
      return (Number.parseInt(flags, 8) & CLOSE_ON_EXEC) === 0;
    });
  } catch {
    // No such folder: not Linux.
    return [];
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
