/**
 * How big things may grow. An exception is data and says why.
 *
 * @module
 */
import { dirname } from 'node:path';

import { lineAt, walkFile } from '../source.ts';
import { type Tree, packagesOf, rootManifest, sourcesOf, textOf } from '../tree.ts';

/** The hard limits. */
const LIMITS: Readonly<{
  sourceLines: number;
  testLines: number;
  functionLines: number;
  filesPerFolder: number;
  filesPerChannel: number;
  rootEntries: number;
  scripts: number;
  agentsBytes: number;
}> = {
  sourceLines: 400,
  testLines: 500,
  functionLines: 80,
  filesPerFolder: 25,
  filesPerChannel: 20,
  rootEntries: 30,
  scripts: 20,
  agentsBytes: 6000,
};

/** Something that may be bigger than its limit, and the one reason. */
export interface Exception {
  readonly path: string;
  readonly budget: keyof typeof LIMITS;
  readonly reason: string;
}

const FUNCTIONS = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression']);

/** Everything of a tree that is over its limit, and exceptions nobody needs any more. */
export function checkBudgets(tree: Tree, exceptions: readonly Exception[] = []): readonly string[] {
  const unused = new Set(exceptions);
  const problems: string[] = [];
  const judge = (path: string, budget: keyof typeof LIMITS, size: number, what: string): void => {
    if (size <= LIMITS[budget]) return;
    const excuse = exceptions.find((each) => each.path === path && each.budget === budget);
    if (excuse !== undefined) unused.delete(excuse);
    else problems.push(`${path}: ${what} (limit ${LIMITS[budget]})`);
  };

  for (const path of sourcesOf(tree)) {
    const text = textOf(tree, path);
    judge(path, 'sourceLines', linesOf(text), `${linesOf(text)} lines`);
    for (const { line, length } of functionsOf(path, text)) {
      judge(path, 'functionLines', length, `the function at line ${line} has ${length} lines`);
    }
  }
  for (const path of tree.keys()) {
    if (!isTest(path)) continue;
    const lines = linesOf(textOf(tree, path));
    judge(path, 'testLines', lines, `${lines} lines`);
  }
  for (const [folder, count] of foldersOf(tree)) {
    judge(folder, 'filesPerFolder', count, `${count} TypeScript files in one folder`);
  }
  for (const { path, kind } of packagesOf(tree)) {
    const count = kind === 'channels' ? sourcesOf(tree, path).length : 0;
    judge(path, 'filesPerChannel', count, `${count} source files in a channel`);
  }
  const entries = new Set([...tree.keys()].map((path) => path.split('/')[0])).size;
  judge('.', 'rootEntries', entries, `${entries} entries in the root`);
  const scripts = Object.keys(rootManifest(tree).scripts ?? {}).length;
  judge('package.json', 'scripts', scripts, `${scripts} scripts`);
  const guide = new TextEncoder().encode(textOf(tree, 'AGENTS.md')).byteLength;
  judge('AGENTS.md', 'agentsBytes', guide, `${guide} bytes`);
  for (const { path, budget } of unused) {
    problems.push(`${path}: its exception for ${budget} is no longer needed: remove it`);
  }
  return problems;
}

function linesOf(text: string): number {
  return text.trimEnd().split('\n').length;
}

function isTest(path: string): boolean {
  return /(?:^|\/)test\/.*\.tsx?$/.test(path);
}

function functionsOf(
  path: string,
  text: string,
): readonly { readonly line: number; readonly length: number }[] {
  const found: { line: number; length: number }[] = [];
  walkFile(path, text, (node) => {
    if (!FUNCTIONS.has(node.type)) return;
    const line = lineAt(text, node.start);
    found.push({ line, length: lineAt(text, node.end) - line + 1 });
  });
  return found;
}

function foldersOf(tree: Tree): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const path of tree.keys()) {
    if (!/\.tsx?$/.test(path)) continue;
    counts.set(dirname(path), (counts.get(dirname(path)) ?? 0) + 1);
  }
  return counts;
}
