/**
 * Reads TypeScript as a syntax tree: imports, exports, and a walk over every node.
 *
 * @module
 */
import { dirname, posix } from 'node:path';
import { type ParseResult, parseSync } from 'oxc-parser';

import type { Tree } from './tree.ts';

/** A syntax node, as loosely as the rules need it. */
export interface AstNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

/** One `import`, `export ... from` or `import()` of a file. */
export interface ImportedModule {
  readonly specifier: string;
  /** True when nothing of it is left at run time. */
  readonly typeOnly: boolean;
}

const parsed = new Map<string, ParseResult>();

/** Parses a file once. `path` decides between `.ts` and `.tsx`. */
export function parse(path: string, text: string): ParseResult {
  const key = `${path}\0${text}`;
  const known = parsed.get(key);
  if (known !== undefined) return known;
  const result = parseSync(path, text);
  parsed.set(key, result);
  return result;
}

/** The top-level statements of a file. */
export function statementsOf(path: string, text: string): readonly AstNode[] {
  return parse(path, text).program.body as unknown as readonly AstNode[];
}

/** True for a syntax node. */
function isNode(value: unknown): value is AstNode {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value;
}

/** Visits every node below `node`, parents first. */
export function walk(
  node: AstNode,
  visit: (node: AstNode, parent: AstNode | undefined) => void,
  parent?: AstNode,
): void {
  visit(node, parent);
  for (const value of Object.values(node)) {
    for (const below of Array.isArray(value) ? value : [value]) {
      if (isNode(below)) walk(below, visit, node);
    }
  }
}

/** Visits every node of a file. */
export function walkFile(
  path: string,
  text: string,
  visit: (node: AstNode, parent: AstNode | undefined) => void,
): void {
  for (const statement of statementsOf(path, text)) walk(statement, visit);
}

/** Line of an offset, from 1. */
export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

/** A node below `node[key]`, when it is of the given type. */
export function child(node: AstNode | undefined, key: string, type?: string): AstNode | undefined {
  const value = node?.[key];
  return isNode(value) && (type === undefined || value.type === type) ? value : undefined;
}

/** Nodes below `node[key]`. */
export function children(node: AstNode | undefined, key: string): readonly AstNode[] {
  const value = node?.[key];
  return Array.isArray(value) ? value.filter(isNode) : [];
}

/** The name of an identifier node. */
export function nameOf(node: AstNode | undefined): string | undefined {
  return node?.type === 'Identifier' && typeof node['name'] === 'string' ? node['name'] : undefined;
}

/** The text of a string literal node (also a template without holes). */
export function stringOf(node: AstNode | undefined): string | undefined {
  if (node?.type === 'Literal' && typeof node['value'] === 'string') return node['value'];
  if (node?.type !== 'TemplateLiteral') return undefined;
  const [only, ...rest] = children(node, 'quasis');
  const value = only?.['value'] as { readonly cooked?: string } | undefined;
  return rest.length === 0 ? value?.cooked : undefined;
}

/** `process.getBuiltinModule`, which loads a module of Node without an import. */
function asksForModule(callee: AstNode | undefined): boolean {
  return (nameOf(child(callee, 'property')) ?? nameOf(callee)) === 'getBuiltinModule';
}

/** Everything a file imports. An `import()` of something computed has the specifier `*`. */
export function importsOf(path: string, text: string): readonly ImportedModule[] {
  const { module } = parse(path, text);
  const found: ImportedModule[] = [];
  for (const { moduleRequest, entries, start } of module.staticImports) {
    const whole = /^import\s+type\s/.test(text.slice(start, start + 40));
    const typeOnly = whole || (entries.length > 0 && entries.every((entry) => entry.isType));
    found.push({ specifier: moduleRequest.value, typeOnly });
  }
  for (const { entries } of module.staticExports) {
    const sources = new Set(entries.map((entry) => entry.moduleRequest?.value));
    for (const specifier of sources) {
      if (specifier === undefined) continue;
      const typeOnly = entries.every((entry) => entry.isType);
      found.push({ specifier, typeOnly });
    }
  }
  walkFile(path, text, (node) => {
    if (node.type === 'ImportExpression') {
      found.push({ specifier: stringOf(child(node, 'source')) ?? '*', typeOnly: false });
    }
    if (node.type === 'CallExpression' && asksForModule(child(node, 'callee'))) {
      found.push({ specifier: stringOf(children(node, 'arguments')[0]) ?? '*', typeOnly: false });
    }
    if (node.type === 'TSImportType') {
      const specifier = stringOf(child(node, 'source')) ?? stringOf(child(node, 'argument'));
      if (specifier !== undefined) found.push({ specifier, typeOnly: true });
    }
  });
  return found;
}

/** The file of the tree a relative import leads to. */
export function resolveRelative(tree: Tree, from: string, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined;
  const path = posix.join(dirname(from), specifier);
  return tree.has(path) ? path : undefined;
}
