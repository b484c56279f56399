/**
 * Every error code is documented exactly once.
 *
 * @module
 */
import { type AstNode, child, children, nameOf, stringOf, walk, walkFile } from '../source.ts';
import { type Tree, sourcesOf, textOf } from '../tree.ts';
import { codedErrorsOf, makerOf } from './coded-errors.ts';

const CODE = /^[a-z][a-z0-9]*(?:[._-][a-z0-9]+)*\.[a-z0-9]+(?:[._-][a-z0-9]+)*$/;

/** Every error code written where an error is made, sorted. */
export function codesOf(tree: Tree): readonly string[] {
  const errors = codedErrorsOf(tree);
  const codes = new Set<string>();
  const collect = (argument: AstNode | undefined): void => {
    if (argument?.type === 'ConditionalExpression') {
      collect(child(argument, 'consequent'));
      collect(child(argument, 'alternate'));
      return;
    }
    const code = stringOf(argument);
    if (code !== undefined && CODE.test(code)) codes.add(code);
  };
  for (const path of sourcesOf(tree)) {
    walkFile(path, textOf(tree, path), (node) => {
      const maker = makerOf(node, path, errors);
      const at = maker === undefined ? undefined : errors.codeAt.get(maker);
      if (at !== undefined) collect(children(node, 'arguments')[at]);
      const parent = nameOf(child(node, 'superClass')) ?? '';
      if (!errors.classes.has(parent)) return;
      walk(node, (inner) => {
        if (child(inner, 'callee')?.type !== 'Super') return;
        collect(children(inner, 'arguments')[errors.codeAt.get(parent) ?? 0]);
      });
    });
  }
  return [...codes].toSorted();
}

/** Every text in the sources that could be a code: also those kept in tables beside their message. */
function possibleCodesOf(tree: Tree): ReadonlySet<string> {
  const found = new Set<string>();
  for (const path of sourcesOf(tree)) {
    walkFile(path, textOf(tree, path), (node) => {
      const text = stringOf(node);
      if (text !== undefined && CODE.test(text)) found.add(text);
    });
  }
  return found;
}

const TABLE_ROW = /^\|\s*`?([a-z][a-z0-9_-]*(?:\.[a-z0-9_-]+)+)`?\s*\|(.*)\|(.*)\|\s*$/gm;

/** Codes in the sources against `docs/reference/errors.md`, each exactly once. */
export function checkErrorReference(tree: Tree): readonly string[] {
  const reference = 'docs/reference/errors.md';
  const problems: string[] = [];
  const documented = new Map<string, number>();
  for (const [, code = '', happened = '', todo = ''] of textOf(tree, reference).matchAll(
    TABLE_ROW,
  )) {
    documented.set(code, (documented.get(code) ?? 0) + 1);
    if (happened.trim() === '' || todo.trim() === '') {
      problems.push(`${reference}: ${code} must say what happened and what to do`);
    }
  }
  const codes = codesOf(tree);
  for (const code of codes) {
    if (!documented.has(code)) problems.push(`${reference}: add a row for ${code}`);
  }
  const possible = possibleCodesOf(tree);
  for (const [code, count] of documented) {
    if (count > 1) problems.push(`${reference}: ${code} has ${count} rows; keep one`);
    if (!possible.has(code)) problems.push(`${reference}: nothing throws ${code}; remove its row`);
  }
  for (const path of tree.keys()) {
    if (path.startsWith('docs/reference/errors.d/')) {
      problems.push(`${path}: move its rows into the table of its package in ${reference}`);
    }
  }
  return problems;
}
