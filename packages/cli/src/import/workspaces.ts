/**
 * The workspaces of the agents: where they are, and copying one.
 *
 * @module
 */
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';

import { PortcullisError } from '@portcullis/core';
import type { LoadedConfig, StatePaths } from '@portcullis/gateway/config';
import { describeAgents } from '@portcullis/gateway/local';

import { type Source, isInside } from './source.ts';

/** The workspace of one agent. */
export interface TheirWorkspace {
  readonly agent: string;
  /** Where OpenClaw has it. Absolute. */
  readonly path: string;
  /** Where this product looks for it with the same config. */
  readonly target: string;
  /**
   * `in-place`: both use the same folder. `copy`: it is inside the installation, and can be copied.
   * `taken`: the same, and something is at the target already. `too-large`: to be copied by hand.
   * `linked`: a link leads to it out of the installation, and is not followed.
   */
  readonly kind: 'in-place' | 'copy' | 'taken' | 'too-large' | 'linked';
  readonly files: number;
  readonly bytes: number;
}

/** More is not copied by a command that shows no progress. */
const MAX_FILES = 50_000;
const MAX_BYTES = 2 * 2 ** 30;
const CHUNK = 2 ** 20;

/** Looks at the workspaces of a config's agents. */
export function findWorkspaces(
  source: Source,
  loaded: LoadedConfig,
  theirs: StatePaths,
  ours: StatePaths,
): readonly TheirWorkspace[] {
  const targets = new Map(describeAgents(loaded, ours).map((each) => [each.id, each.workspace]));
  return describeAgents(loaded, theirs).flatMap(
    ({ id: agent, workspace: path }): readonly TheirWorkspace[] => {
      const real = realOf(path);
      if (real === undefined) return [];
      const written = targets.get(agent) ?? path;
      if (!isInside(source.root, real)) {
        const kind = written === path ? 'in-place' : 'linked';
        return [{ agent, path: real, target: written, kind, files: 0, bytes: 0 }];
      }
      // A path that is written out leads back into the installation: the copy gets a place of its own.
      const target = isInside(source.root, realOf(written) ?? written)
        ? join(ours.stateDir, agent === 'main' ? 'workspace' : `workspace-${agent}`)
        : written;
      const size = measure(real);
      const isLarge = size.files > MAX_FILES || size.bytes > MAX_BYTES;
      const kind = isTaken(target) ? 'taken' : isLarge ? 'too-large' : 'copy';
      return [{ agent, path: real, target, kind, ...size }];
    },
  );
}

function realOf(path: string): string | undefined {
  try {
    const real = realpathSync(path);
    return lstatSync(real).isDirectory() ? real : undefined;
  } catch {
    return undefined;
  }
}

function isTaken(path: string): boolean {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return false;
  return !stat.isDirectory() || readdirSync(path).length > 0;
}

function measure(root: string): { readonly files: number; readonly bytes: number } {
  let [files, bytes] = [0, 0];
  const folders = [root];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) folders.push(path);
      if (!entry.isFile()) continue;
      files += 1;
      bytes += lstatSync(path).size;
      if (files > MAX_FILES || bytes > MAX_BYTES) return { files, bytes };
    }
  }
  return { files, bytes };
}

/**
 * Copies a tree: folders 0700, files 0600 and 0700 where they can be run. A link is copied where it
 * stays inside the tree; what is neither file, folder nor link is left.
 *
 * @returns paths that were left, relative to the tree.
 */
export function copyTree(from: string, to: string): readonly string[] {
  const left: string[] = [];
  const copyFolder = (folder: string): void => {
    mkdirSync(join(to, folder), { mode: 0o700 });
    for (const entry of readdirSync(join(from, folder), { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) copyFolder(path);
      else if (entry.isFile()) copyFile(join(from, path), join(to, path));
      else if (!entry.isSymbolicLink() || !copyLink(from, to, path)) left.push(path);
    }
  };
  copyFolder('');
  return left;
}

function copyFile(from: string, to: string): void {
  const source = openSync(from, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stat = fstatSync(source);
    if (!stat.isFile()) throw changed(from);
    const target = openSync(to, 'wx', (stat.mode & 0o100) === 0 ? 0o600 : 0o700);
    try {
      const buffer = Buffer.alloc(Math.min(CHUNK, Math.max(1, stat.size)));
      for (;;) {
        const length = readSync(source, buffer, 0, buffer.length, null);
        if (length === 0) break;
        // Unlike one write, this does not leave off where a disk is nearly full.
        writeFileSync(target, buffer.subarray(0, length));
      }
    } finally {
      closeSync(target);
    }
  } finally {
    closeSync(source);
  }
}

function copyLink(from: string, to: string, path: string): boolean {
  const text = readlinkSync(join(from, path));
  if (isAbsolute(text)) return false;
  if (!isInside(from, resolve(from, dirname(path), text))) return false;
  symlinkSync(text, join(to, path));
  return true;
}

function changed(path: string): PortcullisError {
  return new PortcullisError('import.changed', `${path} changed while it was read.`, {
    hint: 'Stop OpenClaw and try again.',
  });
}
