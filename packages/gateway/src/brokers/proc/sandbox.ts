/**
 * The sandbox: bubblewrap with its own view of files, processes and network, a filter of system
 * calls, and limits by prlimit.
 *
 * Inside there are the system's programs and libraries read-only, the workspace as far as it is
 * shared, and empty bounded temporary folders. There is no network but a socket that leads to the
 * gateway, where one is asked for; no other process, no host name and no secret: the helper itself is started with an empty environment, because a process inside
 * can read that of its first process.
 *
 * @module
 */
import { relative } from 'node:path';

import { FORWARDER, PROXY_PORT, proxyVariables } from '../tunnel/forwarder.ts';
import type { WorkspaceAccess } from '../sandbox-settings.ts';
import { type Launch, startChild } from './child.ts';
import { USER } from './environment.ts';
import { SEARCH_PATH, findExecutable } from './executables.ts';
import { inGroup, openProcessLimit } from './process-limit.ts';
import { seccompFilter } from './seccomp.ts';

/** What one program in the sandbox may use. Bytes, counts, seconds. */
export interface SandboxLimits {
  readonly addressSpace: number;
  readonly cpuSeconds: number;
  readonly processes: number;
  /** Largest file it may write. */
  readonly fileBytes: number;
  readonly openFiles: number;
  /** Size of each temporary folder. */
  readonly temporaryBytes: number;
}

/** Limits where nobody asks for others. */
export const DEFAULT_LIMITS: SandboxLimits = {
  addressSpace: 16 * 2 ** 30,
  cpuSeconds: 1800,
  processes: 512,
  fileBytes: 2 ** 30,
  openFiles: 1024,
  temporaryBytes: 256 * 2 ** 20,
};

/** What is shared with the sandbox. */
export interface SandboxView {
  /** Absolute and free of links; seen at the same path. */
  readonly workspace: string;
  readonly access: WorkspaceAccess;
  /** Folders inside the workspace that are seen empty: state of the gateway. */
  readonly hiddenFolders: readonly string[];
  /** Files inside the workspace that are seen empty. */
  readonly hiddenFiles: readonly string[];
  /** Folders seen beside it, read-only, at the same path. Default: none. */
  readonly alsoReadable?: readonly string[];
  /** Socket of the way out to the web. Default: there is none. */
  readonly tunnel?: string;
}

/** One program to run inside. */
export interface SandboxedProgram {
  readonly path: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** As seen from inside. */
  readonly cwd: string;
}

/** Whether there can be a sandbox on this machine. */
export type SandboxProbe =
  | { readonly available: true }
  | { readonly available: false; readonly why: string };

/** Folders of programs and libraries. `/etc` holds no more than what these need. */
const SYSTEM = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64'];
const SETTINGS = [
  '/etc/alternatives',
  '/etc/ld.so.cache',
  '/etc/ssl/certs',
  '/etc/ca-certificates',
  '/etc/localtime',
  '/nix/store',
];
const NOTHING_HIDDEN = { hiddenFolders: [], hiddenFiles: [] };
const INSIDE_ID = '1000';
/** Nothing of the machine is shared that is not named below. */
const ISOLATION = [
  '--unshare-all',
  '--unshare-user',
  '--disable-userns',
  '--uid',
  INSIDE_ID,
  '--gid',
  INSIDE_ID,
  '--hostname',
  'sandbox',
  '--die-with-parent',
  '--new-session',
  '--clearenv',
  '--cap-drop',
  'ALL',
];
/** Users come from descriptors 4 and 5. */
const KERNEL_FILES = [
  '--proc',
  '/proc',
  '--dev',
  '/dev',
  '--ro-bind-data',
  '4',
  '/etc/passwd',
  '--ro-bind-data',
  '5',
  '/etc/group',
];
/** Last: nothing can be added any more. The filter of system calls comes from descriptor 3. */
const SEAL = ['--remount-ro', '/dev', '--remount-ro', '/', '--seccomp', '3'];
/** Variables come from descriptor 6: arguments can be read by every user of the machine. */
const VARIABLES = ['--args', '6'];
const PROBE_MS = 10_000;
const PROBE_VIEW: SandboxView = { workspace: '/tmp/workspace', access: 'none', ...NOTHING_HIDDEN };
/** Where the way out is inside. */
const RUN = '/run/portcullis';

/** Makes sandboxes on this machine. */
export class Sandbox {
  readonly #limits: SandboxLimits;
  #group: { readonly path: string | undefined } | undefined;
  #helpers: Promise<{ bwrap: string; prlimit: string } | undefined> | undefined;
  #probe: Promise<SandboxProbe> | undefined;
  #networkProbe: Promise<SandboxProbe> | undefined;

  constructor(limits: Partial<SandboxLimits> = {}) {
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
  }

  /** Runs `true` inside once; the answer holds for the life of this object. */
  probe(): Promise<SandboxProbe> {
    this.#probe ??= this.#try();
    return this.#probe;
  }

  /** Runs `true` inside behind a way out that leads nowhere, once. */
  probeNetwork(): Promise<SandboxProbe> {
    this.#networkProbe ??= this.#tryProgram(
      { ...PROBE_VIEW, tunnel: '/dev/null' },
      'the program that leads out of it does not run inside',
    );
    return this.#networkProbe;
  }

  /** How to start a program inside; undefined where the helpers are missing. */
  async launch(program: SandboxedProgram, view: SandboxView): Promise<Launch | undefined> {
    const helpers = await this.#find();
    const filter = seccompFilter(process.arch);
    if (helpers === undefined || filter === undefined) return undefined;
    const { workspace, access, tunnel, alsoReadable = [] } = view;
    const out = tunnel === undefined ? undefined : wayOut(tunnel, program);
    const started = out?.program ?? program;
    const limits = this.#limits;
    const { temporaryBytes } = limits;
    const args = [
      ...ISOLATION,
      ...[...SYSTEM, ...SETTINGS].flatMap((path) => ['--ro-bind-try', path, path]),
      ...KERNEL_FILES,
      ...temporary('/dev/shm', temporaryBytes),
      ...temporary('/tmp', temporaryBytes),
      ...(access === 'none'
        ? temporary(workspace, temporaryBytes)
        : [access === 'rw' ? '--bind' : '--ro-bind', workspace, workspace]),
      ...(access === 'none' ? [] : hiding(view)),
      ...alsoReadable.flatMap((path) => ['--ro-bind', path, path]),
      ...(out?.mounts ?? []),
      ...SEAL,
      ...VARIABLES,
      '--chdir',
      program.cwd,
      '--',
      helpers.prlimit,
      ...limitArguments(limits),
      '--',
      started.path,
      ...started.args,
    ];
    const group = Buffer.from(`${USER}:x:${INSIDE_ID}:\n`);
    const files = [filter, passwd(workspace), group, variables(started.env)];
    const extra = out === undefined ? files : [...files, Buffer.from(FORWARDER)];
    this.#group ??= { path: openProcessLimit(limits.processes) };
    const launch = { file: helpers.bwrap, args, env: {}, cwd: '/', extra };
    return inGroup(launch, this.#group.path);
  }

  #find(): Promise<{ bwrap: string; prlimit: string } | undefined> {
    this.#helpers ??= findHelpers();
    return this.#helpers;
  }

  async #try(): Promise<SandboxProbe> {
    if (process.platform !== 'linux') return missing('it needs Linux');
    if (seccompFilter(process.arch) === undefined) return missing('the processor is not supported');
    if ((await this.#find()) === undefined) {
      return missing('bubblewrap (bwrap) or prlimit is not installed');
    }
    return await this.#tryProgram(
      PROBE_VIEW,
      'the system does not let bubblewrap make user namespaces',
    );
  }

  async #tryProgram(view: SandboxView, why: string): Promise<SandboxProbe> {
    const program = { path: '/usr/bin/true', args: [], env: {}, cwd: '/' };
    const launch = await this.launch(program, view);
    const child = launch === undefined ? undefined : await startChild(launch);
    if (child === undefined) return missing('bubblewrap cannot be started');
    child.stdout.resume();
    child.stderr.resume();
    child.stdin.end();
    const late = setTimeout(() => child.kill('SIGKILL'), PROBE_MS);
    const { code } = await child.ended;
    clearTimeout(late);
    return code === 0 ? { available: true } : missing(why);
  }
}

/** A program behind the way out, and what that needs inside. Its text comes from descriptor 7. */
function wayOut(
  socket: string,
  { path, args, env, cwd }: SandboxedProgram,
): { readonly program: SandboxedProgram; readonly mounts: readonly string[] } {
  const [node, script, proxy] = [`${RUN}/node`, `${RUN}/forward.cjs`, `${RUN}/proxy`];
  return {
    mounts: [
      '--ro-bind',
      process.execPath,
      node,
      '--ro-bind-data',
      '7',
      script,
      '--ro-bind',
      socket,
      proxy,
    ],
    program: {
      path: node,
      args: [script, proxy, String(PROXY_PORT), path, ...args],
      env: { ...env, ...proxyVariables() },
      cwd,
    },
  };
}

/** The part of `path` below `workspace`, or undefined when it is not below. */
export function below(workspace: string, path: string): string | undefined {
  const part = relative(workspace, path);
  return part === '' || part === '..' || part.startsWith('../') || part.startsWith('/')
    ? undefined
    : part;
}

async function findHelpers(): Promise<{ bwrap: string; prlimit: string } | undefined> {
  const lookup = { path: SEARCH_PATH, cwd: '/' };
  const bwrap = await findExecutable('bwrap', lookup);
  const prlimit = await findExecutable('prlimit', lookup);
  return bwrap === undefined || prlimit === undefined
    ? undefined
    : { bwrap: bwrap.path, prlimit: prlimit.path };
}

function temporary(path: string, bytes: number): readonly string[] {
  return ['--size', String(bytes), '--tmpfs', path];
}

function hiding({ hiddenFolders, hiddenFiles }: SandboxView): readonly string[] {
  return [
    ...hiddenFolders.flatMap((path) => [...temporary(path, 4096), '--remount-ro', path]),
    ...hiddenFiles.flatMap((path) => ['--ro-bind', '/dev/null', path]),
  ];
}

function limitArguments(limits: SandboxLimits): readonly string[] {
  const { addressSpace, cpuSeconds, processes, fileBytes, openFiles } = limits;
  return [
    `--as=${String(addressSpace)}`,
    `--cpu=${String(cpuSeconds)}`,
    `--nproc=${String(processes)}`,
    `--fsize=${String(fileBytes)}`,
    `--nofile=${String(openFiles)}`,
    '--core=0',
  ];
}

function passwd(home: string): Buffer {
  // A colon or line end in the path would make another field or line of it.
  const directory = /[:\n]/u.test(home) ? '/' : home;
  const id = INSIDE_ID;
  return Buffer.from(`${USER}:x:${id}:${id}:${USER}:${directory}:/bin/sh\n`);
}

function variables(env: Readonly<Record<string, string>>): Buffer {
  const words = Object.entries(env).flatMap(([name, value]) => ['--setenv', name, value]);
  return Buffer.from(words.map((word) => `${word}\0`).join(''));
}

function missing(why: string): SandboxProbe {
  return { available: false, why };
}
