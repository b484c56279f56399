/**
 * What a command would run, as facts: where, which files, with what fingerprints. They are found
 * before the decision, and found again before anything starts.
 *
 * @module
 */
import { mkdir, realpath, stat } from 'node:fs/promises';
import { resolve } from 'node:path';

import { PortcullisError, type ProcRequest } from '@portcullis/core';
import {
  type Analysis,
  type ApprovalRequest,
  type Which,
  analyze,
  approvalTransition,
  tokenize,
} from '@portcullis/policy/exec';

import { type Fingerprint, asBound, asWhich, findExecutable, fingerprint } from './executables.ts';
import { type Step, planOf } from './plan.ts';
import { below } from './sandbox.ts';

/** Where a command was asked for. */
export interface FactsPlace {
  readonly agentId: string;
  readonly sessionKey: string;
  /** As configured. Made when there is none. */
  readonly workspace: string;
  /** The search path, once the workspace's real path is known. */
  readonly path: (workspace: string) => readonly string[];
}

/** A directory, free of links. */
export interface Directory {
  readonly path: string;
  readonly dev: string;
  readonly ino: string;
}

/** Everything found out about one command. */
export interface CommandFacts {
  readonly request: ProcRequest;
  readonly workspace: Directory;
  readonly cwd: Directory;
  readonly path: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly analysis: Analysis | undefined;
  /** Undefined when only a shell can run it. */
  readonly plan: readonly Step[] | undefined;
  /** By word; undefined for a word that names no program. */
  readonly executables: ReadonlyMap<string, Fingerprint | undefined>;
  /** Files that interpreters would run, as far as they can be seen. */
  readonly operands: readonly Fingerprint[];
  /** What policy binds an approval to; the host is filled in once it is decided. */
  readonly bound: Omit<ApprovalRequest, 'host'>;
  /** False when an interpreter would run something that cannot be pinned down. */
  readonly bindable: boolean;
}

const MOST_CHARACTERS = 20_000;
const MOST_PROGRAMS = 64;
const MOST_OPERANDS = 32;
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/u;
const SHELL = '/bin/sh';

/**
 * Finds out about a command. Throws `proc.invalid` for a request that is malformed and `proc.cwd`
 * for a directory that is missing or outside the workspace.
 */
export async function factsOf(request: ProcRequest, place: FactsPlace): Promise<CommandFacts> {
  checkRequest(request);
  await mkdir(place.workspace, { recursive: true, mode: 0o700 });
  const workspace = await directoryAt(place.workspace);
  if (workspace === undefined) throw noDirectory();
  const cwd = await directoryAt(resolve(workspace.path, request.cwd ?? '.'));
  if (cwd === undefined) throw noDirectory();
  if (cwd.path !== workspace.path && below(workspace.path, cwd.path) === undefined) {
    throw noDirectory();
  }
  const path = place.path(workspace.path);
  const env = sorted(request.env ?? {});
  const lookup = { path, cwd: cwd.path };
  const executables = await findPrograms(request.command, Object.keys(env), lookup);
  const which = whichOf(executables);
  const analysis = analyze(request.command, { which, overrides: Object.keys(env) });
  const plan = planOf(request.command, analysis);
  const words =
    analysis === undefined ? [[SHELL, '-c', request.command]] : wordsOf(request.command);
  const draft: Omit<ApprovalRequest, 'host' | 'script'> = {
    nodeId: null,
    argv: words,
    rawCommand: request.command,
    cwd: cwd.path,
    env,
    exec: words.map(([word = '']) => {
      const file = executables.get(word);
      return file === undefined ? { realPath: word } : asBound(file);
    }),
    agentId: place.agentId,
    sessionKey: place.sessionKey,
  };
  const operands = await operandsOf(request.command, analysis, draft, cwd.path);
  const [operand, ...others] = operands;
  const pinned = analysis !== undefined && operand !== undefined && others.length === 0;
  const script = pinned ? { path: operand.path, sha256: operand.sha256 } : null;
  const bound = { ...draft, script };
  const paths = operands.map((file) => file.path);
  const facts = { request, workspace, cwd, path, env, analysis, plan, executables, operands };
  return { ...facts, bound, bindable: isBindable(bound, paths) && !isMoved(analysis) };
}

/** The directory at `path`; undefined when there is none. */
export async function directoryAt(path: string): Promise<Directory | undefined> {
  try {
    const real = await realpath(path);
    const facts = await stat(real, { bigint: true });
    return facts.isDirectory()
      ? { path: real, dev: String(facts.dev), ino: String(facts.ino) }
      : undefined;
  } catch {
    return undefined;
  }
}

/** Executables as policy reads them. */
export function whichOf(executables: CommandFacts['executables']): Which {
  const found = [...executables].flatMap(([word, file]) =>
    file === undefined ? [] : [[word, asWhich(file)] as const],
  );
  return Object.fromEntries(found);
}

function checkRequest({ command, env = {}, input, timeoutMs }: ProcRequest): void {
  const faulty =
    command.trim() === '' ||
    command.length > MOST_CHARACTERS ||
    command.includes('\0') ||
    Object.entries(env).some(([name, value]) => !VARIABLE.test(name) || value.includes('\0')) ||
    (input !== undefined && input.length > 1_000_000) ||
    (timeoutMs !== undefined && !(timeoutMs > 0));
  if (!faulty) return;
  throw new PortcullisError('proc.invalid', 'The command or its surroundings are malformed.', {
    hint: 'At most 20,000 characters, no NUL, plain names of variables, a timeout above zero.',
  });
}

function noDirectory(): PortcullisError {
  return new PortcullisError('proc.cwd', 'The directory is missing or outside the workspace.', {
    hint: 'Name a directory of the workspace, relative to it.',
  });
}

/** Every word a program is called by, through wrappers and nested shells, and what it stands for. */
async function findPrograms(
  command: string,
  overrides: readonly string[],
  lookup: { readonly path: readonly string[]; readonly cwd: string },
): Promise<ReadonlyMap<string, Fingerprint | undefined>> {
  const found = new Map([[SHELL, await findExecutable(SHELL, lookup)]]);
  for (;;) {
    // What a name leads to can change what its words mean, so that more names come up.
    const analysis = analyze(command, { which: whichOf(found), overrides });
    const names = (analysis?.segments ?? []).flatMap(({ argv, original }) => {
      const before = Math.max(original.length - argv.length, 0);
      return [argv[0] ?? '', original[0] ?? '', ...original.slice(0, Math.min(before, 16))];
    });
    const fresh = [...new Set(names)].filter((name) => !found.has(name));
    if (fresh.length === 0 || found.size > MOST_PROGRAMS) return found;
    for (const name of fresh) found.set(name, await findExecutable(name, lookup));
  }
}

function wordsOf(command: string): readonly (readonly string[])[] {
  return (tokenize(command) ?? []).map(({ words }) => words.map(({ text }) => text));
}

/**
 * Existing files among the words of interpreters. Of text that only a shell can read, all words
 * that name one: nothing of it can change unseen.
 */
async function operandsOf(
  command: string,
  analysis: Analysis | undefined,
  draft: Omit<ApprovalRequest, 'host' | 'script'>,
  cwd: string,
): Promise<readonly Fingerprint[]> {
  const words =
    analysis === undefined
      ? command.split(/[\s;&|()<>`"'$=]+/u)
      : draft.argv.flatMap((argv, index) => {
          const only = { ...draft, argv: [argv], exec: draft.exec.slice(index, index + 1) };
          return isBindable({ ...only, script: null }, []) ? [] : argv.slice(1);
        });
  const files: Fingerprint[] = [];
  for (const word of new Set(words)) {
    if (files.length === MOST_OPERANDS || word === '' || word.startsWith('-')) continue;
    const file = await fingerprint(resolve(cwd, word));
    if (file !== undefined) files.push(file);
  }
  return files;
}

/** Whether policy would make a record of this at all. */
function isBindable(bound: Omit<ApprovalRequest, 'host'>, operands: readonly string[]): boolean {
  const { decision } = approvalTransition(
    { records: {}, durable: [] },
    {
      do: 'request',
      now: 0,
      id: '0'.repeat(32),
      request: { ...bound, host: 'gateway' },
      fileOperands: operands,
    },
    {},
  );
  return decision.effect === 'ask';
}

/** True for `./x` behind a `cd`: where it leads depends on what ran before. */
function isMoved(analysis: Analysis | undefined): boolean {
  return (analysis?.segments ?? []).some(({ argv: [name = ''], afterCd }) => {
    return afterCd && name.includes('/') && !name.startsWith('/');
  });
}

function sorted(env: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(env).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
