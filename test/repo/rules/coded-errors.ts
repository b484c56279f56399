/**
 * Where the errors of a tree come from: our classes, and the functions that make one.
 *
 * @module
 */
import {
  type AstNode,
  child,
  children,
  nameOf,
  parse,
  resolveRelative,
  walkFile,
} from '../source.ts';
import { type Tree, sourcesOf, textOf } from '../tree.ts';

const ROOTS = ['PortcullisError', 'DeliveryError'];

/** Where the errors of a tree come from. */
export interface CodedErrors {
  /** Names of `PortcullisError` and of every class below it. */
  readonly classes: ReadonlySet<string>;
  /** Functions that return one: `<file>#<name>`, and `*#<name>` for use in other files. */
  readonly makers: ReadonlySet<string>;
  /** Which argument is the code, by class name or by key of {@link CodedErrors.makers}. */
  readonly codeAt: ReadonlyMap<string, number>;
  /** Names a file declares or imports from a file of its package: `<file>#<name>` to where it is. */
  readonly origins: ReadonlyMap<string, string>;
}

interface NamedFunction {
  readonly path: string;
  readonly name: string;
  readonly node: AstNode;
}

/** Finds every error class of ours in a tree, and every function that returns one. */
export function codedErrorsOf(tree: Tree): CodedErrors {
  const parents = new Map<string, string>();
  const functions: NamedFunction[] = [];
  const codeAt = new Map([
    ['PortcullisError', 0],
    ['DeliveryError', 1],
  ]);
  for (const path of sourcesOf(tree)) {
    walkFile(path, textOf(tree, path), (node) => {
      const parent = nameOf(child(node, 'superClass'));
      const name = nameOf(child(node, 'id'));
      if (name !== undefined && parent !== undefined) {
        parents.set(name, parent);
        noteCode(codeAt, name, constructorOf(node));
      }
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
  const errors = { classes, makers, codeAt, origins: originsOf(tree, functions) };
  for (let before = -1; before !== makers.size;) {
    before = makers.size;
    for (const { path, name, node } of functions) {
      if (!returnsOurs(node, path, errors)) continue;
      for (const key of [`${path}#${name}`, `*#${name}`]) {
        makers.add(key);
        noteCode(codeAt, key, node);
      }
    }
  }
  return errors;
}

/** Remembers which parameter of a function is called `code`. */
function noteCode(codeAt: Map<string, number>, key: string, node: AstNode | undefined): void {
  const at = children(node, 'params').findIndex((each) => nameOf(each) === 'code');
  if (at !== -1) codeAt.set(key, at);
}

function constructorOf(node: AstNode): AstNode | undefined {
  const members = children(child(node, 'body'), 'body');
  return child(
    members.find((each) => each['kind'] === 'constructor'),
    'value',
  );
}

function originsOf(tree: Tree, functions: readonly NamedFunction[]): ReadonlyMap<string, string> {
  const origins = new Map(
    functions.map(({ path, name }) => [`${path}#${name}`, `${path}#${name}`]),
  );
  for (const path of sourcesOf(tree)) {
    const { module } = parse(path, textOf(tree, path));
    for (const { moduleRequest, entries } of module.staticImports) {
      const from = resolveRelative(tree, path, moduleRequest.value);
      if (from === undefined) continue;
      for (const { importName, localName } of entries) {
        origins.set(`${path}#${localName.value}`, `${from}#${importName.name ?? localName.value}`);
      }
    }
  }
  return origins;
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

function returnsOurs(node: AstNode, path: string, errors: CodedErrors): boolean {
  let type = child(child(node, 'returnType'), 'typeAnnotation');
  if (nameOf(child(type, 'typeName')) === 'Promise') {
    type = children(child(type, 'typeArguments'), 'params')[0];
  }
  if (type !== undefined) return errors.classes.has(nameOf(child(type, 'typeName')) ?? '');
  const body = child(node, 'body');
  return (
    body !== undefined &&
    body.type !== 'BlockStatement' &&
    makerOf(body, path, errors) !== undefined
  );
}

/**
 * What makes the error of a `new` or a call: the name of one of our classes, or a key of
 * {@link CodedErrors.makers}. Undefined when it makes none.
 */
export function makerOf(node: AstNode, path: string, errors: CodedErrors): string | undefined {
  const callee = child(node, 'callee');
  const name = callee?.['name'] ?? child(callee, 'property')?.['name'];
  if (typeof name !== 'string') return undefined;
  if (node.type === 'NewExpression') return errors.classes.has(name) ? name : undefined;
  if (node.type !== 'CallExpression') return undefined;
  const key = errors.origins.get(`${path}#${name}`) ?? `*#${name}`;
  return errors.makers.has(key) ? key : undefined;
}
