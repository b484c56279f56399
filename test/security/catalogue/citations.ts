/**
 * Finds the requirements that tests prove: the ids in the names of tests that run.
 *
 * @module
 */
import {
  type AstNode,
  child,
  children,
  nameOf,
  statementsOf,
  stringOf,
} from '../../repo/source.ts';
import type { Tree } from '../../repo/tree.ts';
import { THREAT_ID } from './threats.ts';

/** Where a test names a requirement. */
export interface Citation {
  readonly id: string;
  /** The file of the test, from the root. */
  readonly path: string;
}

/** Files vitest runs. */
const TEST_FILE = /^(?:packages\/[^/]+\/test|examples\/[^/]+\/test|test)\/.*\.test\.ts$/;
const RUNNERS = new Set(['test', 'it', 'describe']);
/** What keeps a test, or everything in a block, from running or from having to hold. */
const IDLE = new Set(['skip', 'todo', 'fails']);

/** The words of a call to the runner: `describe.skip.each(rows)(name)` is `describe`, `skip`, `each`. */
function runnerWords(callee: AstNode | undefined): readonly string[] {
  if (callee?.type === 'CallExpression') return runnerWords(child(callee, 'callee'));
  if (callee?.type === 'TaggedTemplateExpression') return runnerWords(child(callee, 'tag'));
  if (callee?.type === 'MemberExpression') {
    const word = nameOf(child(callee, 'property'));
    const before = runnerWords(child(callee, 'object'));
    return before.length === 0 || word === undefined ? [] : [...before, word];
  }
  const name = nameOf(callee);
  return name !== undefined && RUNNERS.has(name) ? [name] : [];
}

function nameText(argument: AstNode | undefined): string {
  const plain = stringOf(argument);
  if (plain !== undefined) return plain;
  return children(argument, 'quasis')
    .map((part) => (part['value'] as { readonly cooked?: string }).cooked ?? '')
    .join(' ');
}

/** True for `test.each(rows)`, which names no test by itself: its result is called with the name. */
function isTableAlone(call: AstNode, words: readonly string[]): boolean {
  const last = words.at(-1);
  return (
    child(call, 'callee')?.type === 'MemberExpression' &&
    (last === 'each' || last === 'for' || last === 'skipIf' || last === 'runIf')
  );
}

function namesIn(node: AstNode, found: string[]): void {
  if (node.type === 'CallExpression') {
    const words = runnerWords(child(node, 'callee'));
    if (words.some((word) => IDLE.has(word))) return;
    const [name, body] = children(node, 'arguments');
    if (words.length > 0 && body !== undefined && !isTableAlone(node, words)) {
      found.push(nameText(name));
    }
  }
  for (const value of Object.values(node)) {
    for (const below of Array.isArray(value) ? value : [value]) {
      if (typeof below === 'object' && below !== null && 'type' in below) {
        namesIn(below as AstNode, found);
      }
    }
  }
}

/** Every id in the name of a test, or of a block of tests, that runs and must hold. */
export function citationsOf(tree: Tree): readonly Citation[] {
  const citations: Citation[] = [];
  for (const [path, text] of tree) {
    if (!TEST_FILE.test(path)) continue;
    const names: string[] = [];
    for (const statement of statementsOf(path, text)) namesIn(statement, names);
    const ids = new Set(names.flatMap((name) => name.match(THREAT_ID) ?? []));
    for (const id of ids) citations.push({ id, path });
  }
  return citations;
}
