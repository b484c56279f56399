/**
 * What would be written where. Promises: pure but for looking; nothing of ours is replaced but the
 * config and lists that only grow.
 *
 * @module
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { PortcullisError } from '@portcullis/core';
import {
  type ConfigEdit,
  type StatePaths,
  editConfig,
  getPath,
  hashConfig,
} from '@portcullis/gateway/config';
import { readTextFile } from '@portcullis/gateway/local';

import type { TheirConfig } from './config.ts';
import type { PairedPeople } from './people.ts';
import type { Survey } from './survey.ts';
import type { TheirWorkspace } from './workspaces.ts';

/** One thing to put in its place. */
export type Placement =
  /** A file that is not there yet, or, where `over` holds its present text, one that grows. */
  | {
      readonly kind: 'file';
      readonly what: string;
      readonly path: string;
      readonly text: string;
      readonly over: string | undefined;
    }
  | {
      readonly kind: 'tree';
      readonly what: string;
      readonly path: string;
      readonly from: string;
    };

/** The config to write, last of all. */
export interface ConfigPlacement {
  readonly path: string;
  readonly text: string;
  /** Hash of the present text; of the empty one where there is none. */
  readonly before: string;
  /** True where a config of ours gives way. */
  readonly replaces: boolean;
  /** Keys in it that are not as they were with OpenClaw. */
  readonly edited: readonly string[];
}

/** What would be done. */
export interface Plan {
  readonly placements: readonly Placement[];
  /** Undefined where there is none, or ours is the same already. */
  readonly config: ConfigPlacement | undefined;
  /** What is as it should be already. */
  readonly already: readonly string[];
  /** What is in the way and stays: a sentence each. */
  readonly kept: readonly string[];
}

interface Draft {
  readonly placements: Placement[];
  readonly already: string[];
  readonly kept: string[];
}

/** Plans an import. `copies` says whose workspaces are copied: somebody agreed to it. */
export function planImport(found: Survey, paths: StatePaths, copies: boolean): Plan {
  const draft: Draft = { placements: [], already: [], kept: [] };
  if (found.shared) return { ...draft, config: undefined };
  const copied = copies ? found.workspaces.filter(({ kind }) => kind === 'copy') : [];
  const config = planConfig(found, copied, paths, draft);
  for (const people of found.people) planPeople(people, paths, draft);
  if (found.approvals.kind === 'read') {
    const path = join(paths.stateDir, 'exec-approvals.json');
    planFile('commands allowed for good', path, found.approvals.text, draft);
  }
  for (const { agent, path: from, target } of copied) {
    draft.placements.push({ kind: 'tree', what: `workspace of ${agent}`, path: target, from });
  }
  return { ...draft, config };
}

/** A file that is written only where there is none. */
function planFile(what: string, path: string, text: string, draft: Draft): boolean {
  const present = readTextFile(path);
  if (present.kind === 'missing') {
    draft.placements.push({ kind: 'file', what, path, text, over: undefined });
    return true;
  }
  const isSame = present.kind === 'text' && present.text === text;
  if (isSame) draft.already.push(what);
  else draft.kept.push(`${path} is there already and stays as it is; theirs differs.`);
  return isSame;
}

function planConfig(
  { config: theirs, wider, workspaces }: Survey,
  copied: readonly TheirWorkspace[],
  paths: StatePaths,
  draft: Draft,
): ConfigPlacement | undefined {
  if (theirs.kind !== 'read') return undefined;
  const path = paths.configPath;
  const includes = theirs.includes.map((include) =>
    planFile(`included file ${include.path}`, join(path, '..', include.path), include.text, draft),
  );
  if (theirs.dotenv !== undefined) {
    planFile('variables in .env', join(paths.stateDir, '.env'), theirs.dotenv, draft);
  }
  if (includes.includes(false)) {
    draft.kept.push('The config was not taken: it would include files of another content.');
    return undefined;
  }
  const present = readTextFile(path);
  const before = present.kind === 'text' ? present.text : '';
  const places = workspaceEdits(theirs, [...copied, ...copiedBefore(workspaces, before)]);
  const closing = wider.flatMap(({ edit }) => edit ?? []);
  const edited = [...places, ...closing];
  const stuck = edited.find((edit) => withEdit(theirs.raw, edit) === undefined);
  if (stuck !== undefined) {
    draft.kept.push(
      `The config was not taken: ${stuck.path} has to change, and is in an included file. Write it there.`,
    );
    return undefined;
  }
  const text = edited.reduce((so, edit) => withEdit(so, edit) ?? so, theirs.raw);
  if (present.kind === 'text' && before === text) {
    draft.already.push('config');
    return undefined;
  }
  return {
    path,
    text,
    before: hashConfig(before),
    replaces: existsSync(path),
    edited: edited.map((each) => each.path),
  };
}

/** The text with an edit; undefined where the place is in an included file. */
function withEdit(text: string, edit: ConfigEdit): string | undefined {
  try {
    return editConfig(text, [edit]);
  } catch (error) {
    if (PortcullisError.is(error) && error.code === 'config.path') return undefined;
    throw error;
  }
}

/** Workspaces that an earlier import copied: our config names their places already. */
function copiedBefore(
  workspaces: readonly TheirWorkspace[],
  present: string,
): readonly TheirWorkspace[] {
  return workspaces.filter(({ kind, target }) => kind === 'taken' && present.includes(target));
}

/** The places of copied workspaces, where the config names the old ones. */
function workspaceEdits(
  { loaded }: TheirConfig,
  copied: readonly TheirWorkspace[],
): readonly ConfigEdit[] {
  return copied.flatMap(({ agent, target }) => {
    const own = `agents.entries.${agent}.workspace`;
    const key = getPath(loaded.value, own) === undefined ? 'agents.defaults.workspace' : own;
    const isWritten = getPath(loaded.value, key) !== undefined;
    return isWritten && (key === own || agent === 'main') ? [{ path: key, value: target }] : [];
  });
}

/** Adds people to the list of an account; nobody is taken from it. */
function planPeople(
  { channel, account, senders }: PairedPeople,
  paths: StatePaths,
  draft: Draft,
): void {
  const name = account === 'default' ? channel : `${channel}-${account}`;
  const path = join(paths.credentialsDir, `${name}-allowFrom.json`);
  const what = `people of ${name}`;
  const present = readTextFile(path);
  const before = present.kind === 'text' ? listOf(present.text) : [];
  if (present.kind === 'fault' || before === undefined) {
    draft.kept.push(`${path} cannot be read and stays as it is: nobody was added to it.`);
    return;
  }
  const all = [...new Set([...before, ...senders])];
  if (present.kind === 'text' && all.length === before.length) {
    draft.already.push(what);
    return;
  }
  const body = { version: 1, channel, accountId: account, allowFrom: all };
  draft.placements.push({
    kind: 'file',
    what,
    path,
    text: `${JSON.stringify(body, null, 2)}\n`,
    over: present.kind === 'text' ? present.text : undefined,
  });
}

function listOf(text: string): readonly string[] | undefined {
  try {
    const body: unknown = JSON.parse(text);
    const isList = typeof body === 'object' && body !== null && 'allowFrom' in body;
    if (!isList || !Array.isArray(body.allowFrom)) return undefined;
    const list: readonly unknown[] = body.allowFrom;
    return list.every((each) => typeof each === 'string') ? list : undefined;
  } catch {
    return undefined;
  }
}
