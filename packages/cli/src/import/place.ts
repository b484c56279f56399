/**
 * Puts a plan in its places. Promises: everything is complete beside its place before the first of
 * it moves; the config moves last; what fails in between is taken back.
 *
 * @module
 */
import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

import { PortcullisError } from '@portcullis/core';
import { type Environment, type StatePaths, writeConfig } from '@portcullis/gateway/config';
import { readTextFile } from '@portcullis/gateway/local';

import type { ConfigPlacement, Placement, Plan } from './plan.ts';
import { copyTree } from './workspaces.ts';

const STAGE = '.import-';

/** What was put in place. */
export interface Placed {
  /** Paths of workspaces that were left out of their copies: links that lead out, sockets. */
  readonly leftOut: readonly string[];
}

/**
 * Puts everything in its place, or nothing.
 *
 * Throws `import.failed`, with the reason as its cause.
 */
export function placeImport(plan: Plan, paths: StatePaths, env: Environment): Placed {
  mkdirSync(paths.stateDir, { recursive: true, mode: 0o700 });
  // What a run that was killed had not moved yet: copies, and nothing else.
  for (const name of readdirSync(paths.stateDir)) {
    if (name.startsWith(STAGE))
      rmSync(join(paths.stateDir, name), { recursive: true, force: true });
  }
  const stage = mkdtempSync(join(paths.stateDir, STAGE));
  const undo: (() => void)[] = [];
  try {
    const leftOut = plan.placements.flatMap((each, at) => prepare(each, join(stage, String(at))));
    for (const [at, each] of plan.placements.entries()) move(each, join(stage, String(at)), undo);
    if (plan.config !== undefined) putConfig(plan.config, paths, env);
    return { leftOut };
  } catch (error) {
    const stuck = undo.toReversed().filter((back) => !tryTo(back));
    throw failed(error, stuck.length);
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}

function prepare(each: Placement, at: string): readonly string[] {
  if (each.kind === 'tree') return copyTree(each.from, at);
  writeFileSync(at, each.text, { mode: 0o600, flush: true });
  return [];
}

function move(each: Placement, staged: string, undo: (() => void)[]): void {
  const made = mkdirSync(dirname(each.path), { recursive: true, mode: 0o700 });
  if (made !== undefined) undo.push(() => rmdirSync(dirname(each.path)));
  if (each.kind === 'tree') {
    // An empty folder gives way; one that was filled meanwhile does not.
    renameSync(staged, each.path);
    undo.push(() => rmSync(each.path, { recursive: true, force: true }));
    return;
  }
  if (each.over === undefined) {
    // Unlike a rename, a link never replaces what it meets.
    linkSync(staged, each.path);
    undo.push(() => rmSync(each.path, { force: true }));
    return;
  }
  const present = readTextFile(each.path);
  if (present.kind !== 'text' || present.text !== each.over) {
    throw new PortcullisError('import.changed', `${each.path} changed meanwhile.`, {
      hint: 'Try again.',
    });
  }
  const before = `${staged}.before`;
  writeFileSync(before, each.over, { mode: 0o600, flush: true });
  renameSync(staged, each.path);
  undo.push(() => renameSync(before, each.path));
}

function putConfig({ text, before }: ConfigPlacement, paths: StatePaths, env: Environment): void {
  // One that no gateway starts with is taken as it is too: it can be mended key by key.
  writeConfig(paths, text, { env, expectHash: before, invalid: 'report' });
}

function tryTo(step: () => void): boolean {
  try {
    step();
    return true;
  } catch {
    return false;
  }
}

function failed(error: unknown, stuck: number): PortcullisError {
  const why = error instanceof Error ? error.message : String(error);
  const what = stuck === 0 ? 'Nothing was imported' : `${stuck} steps could not be taken back`;
  return new PortcullisError('import.failed', `${what}: ${why}`, {
    hint: PortcullisError.is(error) ? (error.hint ?? 'Try again.') : 'Mend that, then try again.',
    cause: error,
  });
}
