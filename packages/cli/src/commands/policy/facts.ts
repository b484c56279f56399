/**
 * Facts about this machine that a question of `openclaw policy explain` needs: who is paired, where a
 * path leads, which program a word means. They are looked at, never changed, and no gateway is asked.
 *
 * @module
 */
import { type Stats, accessSync, constants, lstatSync, readFileSync, realpathSync } from 'node:fs';
import { basename, delimiter, dirname, join, resolve } from 'node:path';

import {
  type ConfigValue,
  type StatePaths,
  expandHome,
  getPath,
  isConfigObject,
} from '@portcullis/gateway/config';
import { analyze } from '@portcullis/policy/exec';
import type { Facts, Question } from '@portcullis/policy/explain';

import type { CommandContext } from '../../context.ts';

/** The paired senders of an account, as its mirror file names them; nobody when it cannot be read. */
export function pairedSenders(
  { credentialsDir }: StatePaths,
  channel: string,
  accountId: string,
): readonly string[] {
  const account = accountId === 'default' ? '' : `-${accountId}`;
  const name = `${channel}${account}-allowFrom.json`;
  // The channel is a word of the user; a name with a path in it is no file of ours.
  if (basename(name) !== name) return [];
  const body = readJson(join(credentialsDir, name));
  if (!isConfigObject(body) || body['version'] !== 1) return [];
  if ((body['channel'] ?? channel) !== channel) return [];
  if ((body['accountId'] ?? accountId) !== accountId) return [];
  const senders = body['allowFrom'];
  return Array.isArray(senders) ? senders.filter((each) => typeof each === 'string') : [];
}

/** The document of this host about commands, where there is one. */
export function hostFacts({ stateDir }: StatePaths): Facts {
  const document = readJson(join(stateDir, 'exec-approvals.json'));
  return isConfigObject(document) ? { hostApprovals: document } : {};
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/** The directory of the agents. */
function workspaceOf(config: ConfigValue, { home, workspaceDir }: StatePaths): string {
  const configured = getPath(config, 'agents.defaults.workspace');
  return typeof configured === 'string' ? expandHome(configured, home) : workspaceDir;
}

/** A command line with the programs its words mean here. */
export function commandFacts(
  command: string,
  config: ConfigValue,
  { env, paths }: CommandContext,
): NonNullable<Question['exec']> {
  const workspace = workspaceOf(config, paths);
  const programs = analyze(command, { which: {} })?.segments.flatMap(({ argv }) =>
    argv.slice(0, 1),
  );
  const which = Object.fromEntries(
    (programs ?? []).flatMap((program) => {
      const path = findProgram(program, env['PATH'] ?? '');
      return path === undefined ? [] : [[program, { path, realPath: realpathSync(path) }]];
    }),
  );
  return { command, which, cwd: workspace, workspace, home: paths.home };
}

function findProgram(program: string, path: string): string | undefined {
  const candidates = program.includes('/')
    ? [resolve(program)]
    : path.split(delimiter).map((directory) => join(directory, program));
  return candidates.find((each) => {
    try {
      accessSync(each, constants.X_OK);
      return lstatSync(realpathSync(each)).isFile();
    } catch {
      return false;
    }
  });
}

/** What the tool would do to a file, and where the path leads. */
export function fileFacts(
  path: string,
  tool: string | undefined,
  config: ConfigValue,
  { paths }: CommandContext,
): NonNullable<Question['file']> {
  const workspace = workspaceOf(config, paths);
  const absolute = path.startsWith('~') ? expandHome(path, paths.home) : resolve(workspace, path);
  const leaf = statOf(absolute);
  const real = realOf(absolute);
  const target = real.path === undefined ? undefined : statOf(real.path);
  return {
    op: operationOf(tool),
    path,
    home: paths.home,
    workspace,
    stateDir: paths.stateDir,
    facts: {
      workspaceReal: realOf(workspace).path ?? workspace,
      real: real.path ?? null,
      // A workspace that was not made yet leads where it says.
      parentReal: realOf(dirname(absolute)).path ?? dirname(absolute),
      leafExists: leaf !== undefined,
      leafIsSymlink: leaf?.isSymbolicLink() ?? false,
      loop: real.loop,
      ...(target === undefined ? {} : { type: typeOf(target), nlink: target.nlink }),
      stateDirReal: realOf(paths.stateDir).path ?? paths.stateDir,
    },
  };
}

function operationOf(tool: string | undefined): NonNullable<Question['file']>['op'] {
  if (tool === 'write' || tool === 'edit') return tool;
  if (tool === 'apply_patch') return 'edit';
  return tool === 'ls' ? 'list' : 'read';
}

function statOf(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch {
    return undefined;
  }
}

function realOf(path: string): { readonly path?: string; readonly loop: boolean } {
  try {
    return { path: realpathSync(path), loop: false };
  } catch (error) {
    return { loop: error instanceof Error && 'code' in error && error.code === 'ELOOP' };
  }
}

function typeOf(stat: Stats): 'file' | 'dir' | 'fifo' | 'socket' | 'device' {
  if (stat.isFile()) return 'file';
  if (stat.isDirectory()) return 'dir';
  if (stat.isFIFO()) return 'fifo';
  return stat.isSocket() ? 'socket' : 'device';
}
