/**
 * Every error we throw on purpose has a code, and every code is documented once.
 *
 * @module
 */
import {
  type AstNode,
  child,
  children,
  lineAt,
  nameOf,
  stringOf,
  walk,
  walkFile,
} from '../source.ts';
import { type Tree, sourcesOf, textOf } from '../tree.ts';

const ROOTS = ['PortcullisError', 'DeliveryError'];
const CODE = /^[a-z][a-z0-9]*(?:[._][a-z0-9]+)*\.[a-z0-9]+(?:[._][a-z0-9]+)*$/;

/** A class that is thrown although it is not ours, because it never leaves its package. */
export interface InternalSignal {
  readonly name: string;
  /** The package it stays in. */
  readonly inside: string;
  readonly reason: string;
}

/** Where the errors of a tree come from. */
interface Errors {
  /** Names of `PortcullisError` and of every class below it. */
  readonly classes: ReadonlySet<string>;
  /** Functions that return one: `<file>#<name>`, and `*#<name>` for use in other files. */
  readonly makers: ReadonlySet<string>;
  /** Every named function of a file, so that a local name hides one of another file. */
  readonly functions: ReadonlySet<string>;
}

interface NamedFunction {
  readonly path: string;
  readonly name: string;
  readonly node: AstNode;
}

function errorsOf(tree: Tree): Errors {
  const parents = new Map<string, string>();
  const functions: NamedFunction[] = [];
  for (const path of sourcesOf(tree)) {
    walkFile(path, textOf(tree, path), (node) => {
      const parent = nameOf(child(node, 'superClass'));
      const name = nameOf(child(node, 'id'));
      if (name !== undefined && parent !== undefined) parents.set(name, parent);
      const named = namedFunction(node);
      if (named !== undefined) functions.push({ path, ...named });
    });
  }
  const classes = new Set(ROOTS);
  for (let before = 0; before !== classes.size;) {
    before = classes.size;
    for (const [name, parent] of parents) if (classes.has(parent)) classes.add(name);
  }
  const makers = new Set<string>();
  const known = new Set(functions.map(({ path, name }) => `${path}#${name}`));
  const errors = { classes, makers, functions: known };
  for (let before = -1; before !== makers.size;) {
    before = makers.size;
    for (const { path, name, node } of functions) {
      if (!returnsOurs(node, path, errors)) continue;
      makers.add(`${path}#${name}`);
      makers.add(`*#${name}`);
    }
  }
  return errors;
}

/** A declared function, a method, or an arrow function with a name; `name` has no `#`. */
function namedFunction(
  node: AstNode,
): { readonly name: string; readonly node: AstNode } | undefined {
  const holder = child(node, 'id') ?? child(node, 'key');
  const name = holder?.['name'];
  const made = child(node, 'init') ?? child(node, 'value') ?? node;
  return typeof name === 'string' && /Function/.test(made.type) ? { name, node: made } : undefined;
}

function returnsOurs(node: AstNode, path: string, errors: Errors): boolean {
  let type = child(child(node, 'returnType'), 'typeAnnotation');
  if (nameOf(child(type, 'typeName')) === 'Promise') {
    type = children(child(type, 'typeArguments'), 'params')[0];
  }
  if (type !== undefined) return errors.classes.has(nameOf(child(type, 'typeName')) ?? '');
  const body = child(node, 'body');
  return body !== undefined && body.type !== 'BlockStatement' && isMade(body, path, errors);
}

/** True for `new` of one of our classes and for a call of a function that returns one. */
function isMade(node: AstNode, path: string, errors: Errors): boolean {
  const callee = child(node, 'callee');
  const name = callee?.['name'] ?? child(callee, 'property')?.['name'];
  if (typeof name !== 'string') return false;
  if (node.type === 'NewExpression') return errors.classes.has(name);
  if (node.type !== 'CallExpression') return false;
  const here = `${path}#${name}`;
  return errors.makers.has(errors.functions.has(here) ? here : `*#${name}`);
}

/** True when what is thrown is ours, or something that was caught before. */
function isOurs(thrown: AstNode | undefined, path: string, errors: Errors): boolean {
  if (thrown === undefined) return false;
  switch (thrown.type) {
    case 'Identifier':
    case 'MemberExpression':
      return true;
    case 'AwaitExpression':
      return isOurs(child(thrown, 'argument'), path, errors);
    case 'TSAsExpression':
      return isOurs(child(thrown, 'expression'), path, errors);
    case 'ConditionalExpression':
      return ['consequent', 'alternate'].every((key) => isOurs(child(thrown, key), path, errors));
    case 'LogicalExpression':
      return ['left', 'right'].every((key) => isOurs(child(thrown, key), path, errors));
    default:
      return isMade(thrown, path, errors);
  }
}

/** `throw` and `reject(...)` of anything but our errors. Throwing on what was caught is fine. */
export function checkThrows(
  tree: Tree,
  signals: readonly InternalSignal[] = [],
): readonly string[] {
  const errors = errorsOf(tree);
  const unused = new Set(signals);
  const isSignal = (thrown: AstNode, path: string): boolean => {
    const name = nameOf(child(thrown, 'callee'));
    const found = signals.find(
      (each) => each.name === name && path.startsWith(`packages/${each.inside}/`),
    );
    if (found !== undefined) unused.delete(found);
    return found !== undefined;
  };
  const problems = sourcesOf(tree).flatMap((path) => {
    const text = textOf(tree, path);
    const found: string[] = [];
    walkFile(path, text, (node) => {
      const rejected = rejectedBy(node);
      const thrown = node.type === 'ThrowStatement' ? child(node, 'argument') : rejected;
      if (thrown === undefined || isOurs(thrown, path, errors) || isSignal(thrown, path)) return;
      if (rejected !== undefined && thrown.type !== 'NewExpression') return;
      found.push(`${path}:${lineAt(text, node.start)}: throw a PortcullisError with a code`);
    });
    return found;
  });
  const stale = [...unused].map(
    ({ name, inside }) => `packages/${inside}: nothing throws ${name}; remove its exception`,
  );
  return [...problems, ...stale];
}

function rejectedBy(node: AstNode): AstNode | undefined {
  if (node.type !== 'CallExpression') return undefined;
  const callee = child(node, 'callee');
  const name = nameOf(callee) ?? nameOf(child(callee, 'property'));
  return name === 'reject' ? children(node, 'arguments')[0] : undefined;
}

/** Every error code written in the sources, sorted. */
export function codesOf(tree: Tree): readonly string[] {
  const errors = errorsOf(tree);
  const codes = new Set<string>();
  for (const path of sourcesOf(tree)) {
    walkFile(path, textOf(tree, path), (node) => {
      const isSuper = child(node, 'callee')?.type === 'Super';
      if (!isSuper && !isMade(node, path, errors)) return;
      // The code is the first argument, or the second after an outcome; messages hold spaces.
      for (const argument of children(node, 'arguments').slice(0, 2)) {
        walk(argument, (inner) => {
          const text = stringOf(inner);
          if (text !== undefined && CODE.test(text)) codes.add(text);
        });
      }
    });
  }
  return [...codes].toSorted();
}

const TABLE_ROW = /^\|\s*`?([a-z][a-z0-9_]*(?:\.[a-z0-9_]+)+)`?\s*\|(.*)\|(.*)\|\s*$/gm;

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
  for (const [code, count] of documented) {
    if (count > 1) problems.push(`${reference}: ${code} has ${count} rows; keep one`);
    if (!codes.includes(code))
      problems.push(`${reference}: nothing throws ${code}; remove its row`);
  }
  for (const path of tree.keys()) {
    if (path.startsWith('docs/reference/errors.d/')) {
      problems.push(`${path}: move its rows into the table of its package in ${reference}`);
    }
  }
  return problems;
}
