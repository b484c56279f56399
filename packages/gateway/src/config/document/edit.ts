/**
 * Changes a config text the way a careful person would: the rest of the file, its comments and
 * its manner stay. Promises: the result parses, and means exactly what was asked for, or an error
 * is thrown.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';
import { type ConfigValue, isConfigObject, objectOf, ownValue, sameValue } from './config-value.ts';
import {
  type ArrayNode,
  type DocumentNode,
  type ObjectNode,
  nodeValue,
  parseDocument,
} from './document.ts';
import { type PathSegment, formatPath, parsePath } from './key-path.ts';
import { lineIndent, printKey, printValue, styleOf } from './print.ts';
import { applySplices, insertMember, removeMember } from './splice.ts';

/** One change. Without a `value` the key is removed. */
export interface ConfigEdit {
  /** `gateway.auth.mode`, `bindings[0].agentId`, `channels["x.y"].enabled`. */
  readonly path: string;
  readonly value?: ConfigValue | undefined;
}

const NAME = 'The config';

function notThere(path: readonly PathSegment[], reason: string): PortcullisError {
  const at = formatPath(path);
  return new PortcullisError('config.path', `${at} cannot be changed: ${reason}.`, {
    hint: 'Set the surrounding value as a whole, or correct the path.',
    details: { path: at },
  });
}

/** The entry of a container that a segment names, as an index into its members. */
function memberIndex(node: ObjectNode | ArrayNode, segment: PathSegment): number {
  if (node.kind === 'array') return typeof segment === 'number' ? segment : -1;
  return node.members.findIndex((member) => member.key === String(segment));
}

function hasInclude(node: DocumentNode): boolean {
  return node.kind === 'object' && node.members.some((member) => member.key === '$include');
}

interface Place {
  /** The deepest container on the way that exists. */
  readonly container: ObjectNode | ArrayNode;
  /** How many segments lead to the container. */
  readonly depth: number;
  /** The entry itself, when the whole path exists. */
  readonly node: DocumentNode | undefined;
}

function findPlace(root: DocumentNode, path: readonly PathSegment[]): Place {
  let node = root;
  for (const [depth, segment] of path.entries()) {
    if (node.kind === 'scalar')
      throw notThere(path, `${formatPath(path.slice(0, depth))} is a plain value`);
    const container: ObjectNode | ArrayNode = node;
    const member = container.members[memberIndex(container, segment)];
    if (member === undefined) return { container, depth, node: undefined };
    if (depth === path.length - 1) return { container, depth, node: member.value };
    node = member.value;
  }
  throw notThere(path, 'the path is empty');
}

/** Wraps a value in the containers that are still missing. */
function nest(
  path: readonly PathSegment[],
  rest: readonly PathSegment[],
  value: ConfigValue,
): ConfigValue {
  return rest.reduceRight<ConfigValue>((inner, segment) => {
    if (typeof segment === 'string') return objectOf([[segment, inner]]);
    if (segment !== 0) throw notThere(path, 'a new list starts at [0]');
    return [inner];
  }, value);
}

function addEntry(text: string, path: readonly PathSegment[], value: ConfigValue): string {
  const root = parseDocument(text, NAME);
  const { container, depth } = findPlace(root, path);
  const segment = path[depth] ?? '';
  if (container.kind === 'array' && segment !== container.members.length) {
    throw notThere(path, 'the list has no such place; the next free one is its length');
  }
  const style = styleOf(text, root);
  const nested = nest(path, path.slice(depth + 1), value);
  const key = container.kind === 'array' ? '' : `${printKey(String(segment), style)}: `;
  const splices = insertMember(
    text,
    container,
    style,
    (indent) => key + printValue(nested, indent, style),
  );
  return applySplices(text, splices);
}

/** Breaks a change of a whole object or list into changes of what differs in it. */
function innerEdits(
  node: DocumentNode,
  path: readonly PathSegment[],
  value: ConfigValue,
): readonly Change[] | undefined {
  if (node.kind === 'array' && Array.isArray(value)) {
    const kept = Math.min(node.members.length, value.length);
    const dropped = node.members
      .slice(kept)
      .map((_, i) => ({ path: [...path, node.members.length - 1 - i], value: undefined }));
    return [...dropped, ...value.map((item, i) => ({ path: [...path, i], value: item }))];
  }
  if (node.kind !== 'object' || !isConfigObject(value) || hasInclude(node)) return undefined;
  const dropped = node.members
    .filter((member) => !Object.hasOwn(value, member.key))
    .map((member) => ({ path: [...path, member.key], value: undefined }));
  const set = Object.entries(value).map(([key, child]) => ({ path: [...path, key], value: child }));
  return [...dropped, ...set];
}

interface Change {
  readonly path: readonly PathSegment[];
  readonly value: ConfigValue | undefined;
}

function change(text: string, { path, value }: Change): string {
  const root = parseDocument(text, NAME);
  const { container, node } = findPlace(root, path);
  const last = path.at(-1) ?? '';
  if (node === undefined && hasInclude(container)) {
    throw notThere(path, 'that section is kept in an included file, which has to be edited itself');
  }
  if (value === undefined) {
    if (node === undefined) return text;
    return applySplices(text, removeMember(text, container, memberIndex(container, last)));
  }
  if (node === undefined) return addEntry(text, path, value);
  if (sameValue(nodeValue(node), value)) return text;
  const inner = innerEdits(node, path, value);
  if (inner !== undefined) return inner.reduce(change, text);
  const printed = printValue(value, lineIndent(text, node.start), styleOf(text, root));
  return applySplices(text, [{ start: node.start, end: node.end, text: printed }]);
}

/** What the change means, on plain data. */
function intend(
  value: ConfigValue | undefined,
  path: readonly PathSegment[],
  next: ConfigValue | undefined,
): ConfigValue | undefined {
  const [segment, ...rest] = path;
  if (segment === undefined) return next;
  if (Array.isArray(value) || (value === undefined && typeof segment === 'number')) {
    const items = Array.isArray(value) ? value : [];
    const index = Number(segment);
    const item = intend(items[index], rest, next);
    return item === undefined
      ? items.filter((_, i) => i !== index)
      : [...items.slice(0, index), item, ...items.slice(index + 1)];
  }
  const key = String(segment);
  const child = intend(ownValue(value, key), rest, next);
  const entries = new Map(Object.entries(isConfigObject(value) ? value : {}));
  if (child === undefined) entries.delete(key);
  else entries.set(key, child);
  return objectOf(entries);
}

/**
 * Applies changes to a config text, in order. An empty text counts as `{}`.
 *
 * Setting an object or list over another changes only what differs, so comments inside survive.
 *
 * @throws PortcullisError `config.syntax` when the text does not parse, `config.path` when a path
 * is none or leads through a plain value, past the end of a list, or into an included section.
 *
 * @example
 * ```ts
 * editConfig('{ a: 1 } // keep', [{ path: 'b.c', value: true }]);
 * ```
 */
export function editConfig(raw: string, edits: readonly ConfigEdit[]): string {
  let text = raw.trim() === '' ? '{}\n' : raw;
  let meaning: ConfigValue | undefined = nodeValue(parseDocument(text, NAME));
  for (const { path, value } of edits) {
    const segments = parsePath(path);
    const changed = change(text, { path: segments, value });
    if (changed === text) continue;
    text = changed;
    meaning = intend(meaning, segments, value);
  }
  // The splices above are clever; this is the proof that they were right.
  if (!sameValue(nodeValue(parseDocument(text, NAME)), meaning)) {
    throw new PortcullisError('config.edit_failed', 'The config could not be changed as asked.', {
      hint: 'Change it by hand and report the layout of the file that led to this.',
    });
  }
  return text;
}
