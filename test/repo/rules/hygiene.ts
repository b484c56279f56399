/**
 * What no committed file may name: a registry's host, a developer's machine.
 *
 * @module
 */
import { lineAt } from '../source.ts';
import type { Tree } from '../tree.ts';

/** A path below which a pattern may occur, and why. */
export interface Excuse {
  readonly below: string;
  readonly reason: string;
}

const REGISTRY_HOST =
  /(?:https?:\/\/)?[\w.-]*(?:npmjs\.(?:com|org)|yarnpkg\.com|npmmirror\.com|npm\.pkg\.github\.com)|https?:\/\/registry[\w.-]*/gi;
const MACHINE_PATH = /(?<![\w.~-])\/(?:work|root)\/[\w.-]+/g;

function find(tree: Tree, pattern: RegExp, what: string, excuses: readonly Excuse[]): string[] {
  const problems: string[] = [];
  for (const [path, text] of tree) {
    if (excuses.some(({ below }) => path.startsWith(below))) continue;
    for (const match of text.matchAll(pattern)) {
      problems.push(`${path}:${lineAt(text, match.index)}: ${what} (${match[0]})`);
    }
  }
  return problems;
}

/** Registry hosts in the lockfile or anywhere else: an install must work behind any mirror. */
export function checkRegistryHosts(tree: Tree, excuses: readonly Excuse[] = []): readonly string[] {
  return find(tree, REGISTRY_HOST, 'names a registry host', excuses);
}

/** Absolute paths of the machine something was written on. */
export function checkMachinePaths(tree: Tree, excuses: readonly Excuse[] = []): readonly string[] {
  return find(tree, MACHINE_PATH, 'names a path of one machine', excuses);
}
