/**
 * Starting the program of a server. What runs is the operator's own words, found on a constant
 * search path, never what lies where the agent can write; its environment is built from nothing.
 *
 * @module
 */
import { mkdir, realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';

import { type Decision, PortcullisError } from '@portcullis/core';

import { textHash } from '../audit/journal.ts';
import type { ConfigGate } from '../brokers/config-effect.ts';
import { type Launch, startChild } from '../brokers/proc/child.ts';
import { environmentOf } from '../brokers/proc/environment.ts';
import { type Fingerprint, findExecutable, isSameFile } from '../brokers/proc/executables.ts';
import { LinkedProgram } from '../brokers/proc/program.ts';
import { type Sandbox, below } from '../brokers/proc/sandbox.ts';
import { searchPathOf } from '../brokers/proc/settings.ts';
import { type Secrets, expandHome, formatPath, getPath, parsePath } from '../config/index.ts';
import type { Kernel } from '../kernel.ts';
import type { ServerSettings } from './settings.ts';

/** What programs are started with. */
export interface ProgramRooms {
  readonly kernel: Kernel;
  readonly secrets: Secrets;
  readonly sandbox: Sandbox;
}

/** What would be started, looked at. */
interface ProgramFacts {
  readonly file: Fingerprint | undefined;
  readonly search: readonly string[];
  readonly home: string;
  readonly cwd: string | undefined;
  readonly sandboxed: boolean;
  /** Something of it lies where the agent can write. */
  readonly writable: boolean;
}

/** Starts the configured program. Throws what refuses it, and `server.not_started`. */
export async function startProgram(
  rooms: ProgramRooms,
  gate: ConfigGate,
  settings: ServerSettings,
): Promise<LinkedProgram> {
  const { program, path } = settings;
  if (program === undefined) throw notStarted('It has no command.');
  const facts = await look(rooms.kernel, settings, program);
  return await gate.perform({
    kind: 'proc',
    action: 'start',
    facts: {
      host: facts.sandboxed ? 'sandbox' : 'gateway',
      executable: facts.file?.sha256,
      executablePath: facts.file === undefined ? undefined : textHash(facts.file.realPath),
      argsHash: textHash(JSON.stringify(program.args)),
      variables: program.env.length,
    },
    decide: () => decide(rooms, facts, path),
    act: async () => {
      const launch = await prepare(rooms, settings, program, facts);
      const child = launch === undefined ? undefined : await startChild(launch);
      if (child === undefined) throw notStarted('It cannot be executed.');
      return new LinkedProgram(child);
    },
  });
}

type Program = NonNullable<ServerSettings['program']>;

async function look(
  kernel: Kernel,
  { source, id }: ServerSettings,
  program: Program,
): Promise<ProgramFacts> {
  const { paths } = kernel;
  const folder = join(paths.stateDir, 'servers', `${source}-${id.toLowerCase()}`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const home = await realpath(folder);
  const wanted = program.cwd === undefined ? home : atHome(program.cwd, paths.home);
  const cwd = isAbsolute(wanted) ? await folderAt(wanted) : undefined;
  const workspaces = await workspacesOf(kernel);
  const search = searchPathOf(kernel, defaultAgent(kernel), workspaces[0] ?? home);
  const command = atHome(program.command, paths.home);
  // A path that is not whole would mean another file in another folder.
  const sound = !command.includes('/') || isAbsolute(command);
  const file = sound ? await findExecutable(command, { path: search, cwd: '/' }) : undefined;
  const files = await Promise.all(program.args.map((word) => fileAt(resolve(cwd ?? home, word))));
  const named = [file?.path, file?.realPath, cwd, ...files].filter((each) => each !== undefined);
  const writable = named.some((each) =>
    workspaces.some((workspace) => each === workspace || below(workspace, each) !== undefined),
  );
  return { file, search, home, cwd, sandboxed: isSandboxed(kernel, program), writable };
}

async function decide(
  { sandbox }: ProgramRooms,
  facts: ProgramFacts,
  path: string,
): Promise<readonly Decision[]> {
  const refused = (code: string, reason: string): readonly Decision[] => [
    { effect: 'deny', code, path, reason },
  ];
  if (facts.file === undefined) {
    return refused('server.program', 'There is no such program: give its name or its whole path.');
  }
  if (facts.cwd === undefined) return refused('server.cwd', 'There is no such folder for it.');
  if (facts.writable) {
    return refused('server.program_writable', 'Something of it lies in a workspace of an agent.');
  }
  if (facts.sandboxed) {
    const probe = await sandbox.probe();
    if (!probe.available) {
      return refused('sandbox.unavailable', `There is no sandbox on this machine: ${probe.why}.`);
    }
  }
  const reason = 'The operator configured this program.';
  return [{ effect: 'allow', code: 'server.configured', path, reason }];
}

async function prepare(
  { kernel, secrets, sandbox }: ProgramRooms,
  { path }: ServerSettings,
  program: Program,
  facts: ProgramFacts,
): Promise<Launch | undefined> {
  const { file, home, cwd = home, search, sandboxed } = facts;
  if (file === undefined) return undefined;
  const now = await findExecutable(file.path, { path: search, cwd: '/' });
  if (!isSameFile(file, now)) throw notStarted('It was replaced while it was started.');
  const own = program.env.map((name): [string, string] => {
    const secret = secrets.resolve(formatPath([...parsePath(path), 'env', name]));
    if (secret === undefined) throw notStarted('A variable of its env cannot be had.');
    return [name, secret.reveal()];
  });
  const env = environmentOf({ path: search, home, overrides: Object.fromEntries(own) });
  const { args } = program;
  if (!sandboxed) return { file: file.path, argv0: program.command, args, env, cwd };
  if (await holdsState(kernel, cwd, home)) {
    throw notStarted('Its folder holds state of the gateway, which no sandbox may see.');
  }
  return await sandbox.launch(
    { path: file.path, args, env, cwd },
    {
      workspace: home,
      access: 'rw',
      hiddenFolders: [],
      hiddenFiles: [],
      alsoReadable: cwd === home ? [] : [cwd],
    },
  );
}

/** Whether a folder is one of the gateway's own, lies in one or holds one. */
async function holdsState({ paths }: Kernel, cwd: string, home: string): Promise<boolean> {
  if (cwd === home) return false;
  const { stateDir, credentialsDir, stateDbDir, logsDir, configPath } = paths;
  const folders = await Promise.all(
    [stateDir, credentialsDir, stateDbDir, logsDir, configPath].map(
      async (each) => (await realAt(each)) ?? each,
    ),
  );
  return folders.some(
    (each) => each === cwd || below(each, cwd) !== undefined || below(cwd, each) !== undefined,
  );
}

function isSandboxed(kernel: Kernel, program: Program): boolean {
  if (program.sandbox !== undefined) return program.sandbox;
  const mode = getPath(kernel.config().value, 'agents.defaults.sandbox.mode') ?? 'off';
  return mode !== 'off';
}

function defaultAgent(kernel: Kernel): string {
  return kernel.agents().find(({ isDefault }) => isDefault)?.id ?? 'main';
}

async function workspacesOf(kernel: Kernel): Promise<readonly string[]> {
  const named = kernel.agents().map(({ workspace }) => workspace);
  const all = named.length === 0 ? [kernel.paths.workspaceDir] : named;
  return await Promise.all(all.map(async (each) => (await realAt(each)) ?? each));
}

async function realAt(path: string): Promise<string | undefined> {
  try {
    return await realpath(path);
  } catch {
    return undefined;
  }
}

async function folderAt(path: string): Promise<string | undefined> {
  const real = await realAt(path);
  return real !== undefined && (await stat(real)).isDirectory() ? real : undefined;
}

/** The regular file at a path, free of links; undefined for anything else. */
async function fileAt(path: string): Promise<string | undefined> {
  const real = path.includes('\0') ? undefined : await realAt(path);
  return real !== undefined && (await stat(real)).isFile() ? real : undefined;
}

/** `~/x` as a whole path; anything else as it is. */
function atHome(path: string, home: string): string {
  return path.startsWith('~/') ? expandHome(path, home) : path;
}

function notStarted(why: string): PortcullisError {
  return new PortcullisError(
    'server.not_started',
    `The program of the server is not started: ${why}`,
    {
      hint: 'Correct its command, args, env and cwd below mcp.servers.',
    },
  );
}
