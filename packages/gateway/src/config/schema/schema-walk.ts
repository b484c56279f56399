/**
 * Walks a config beside the schema tree. Promises: pure; every key is either known, the member of
 * a map, or reported.
 *
 * @module
 */
import { type ConfigObject, type ConfigValue, isConfigObject } from '../document/config-value.ts';
import { type Findings, INERT_KEY } from './findings.ts';
import { isIdentifier } from './identifier.ts';
import type { PathSegment } from '../document/key-path.ts';
import { nearest } from './nearest.ts';
import type { KeyNode } from './key-tree.ts';
import { checkType } from './value-type.ts';

function checkFreeKey(
  node: KeyNode,
  key: string,
  path: readonly PathSegment[],
  to: Findings,
): void {
  if (key === '__proto__') {
    to.issue(path, { message: 'is a name that cannot be used' });
    return;
  }
  const type = node.spec?.type;
  if (type?.kind !== 'map' || type.keys === undefined || type.keys === 'name') return;
  if (!isIdentifier(key)) {
    to.issue(path, { message: `is no ${type.keys} id: use a-z, 0-9, "_" and "-", at most 64` });
  }
}

function reportUnknown(
  node: KeyNode,
  key: string,
  path: readonly PathSegment[],
  to: Findings,
): void {
  const suggestion = nearest(key, node.children.keys());
  to.issue(path, {
    message:
      suggestion === undefined ? 'unknown key' : `unknown key, did you mean "${suggestion}"?`,
    ...(suggestion === undefined ? {} : { suggestion }),
  });
}

function checkMembers(
  node: KeyNode,
  value: ConfigObject,
  path: readonly PathSegment[],
  to: Findings,
  quiet: boolean,
): void {
  for (const [key, child] of Object.entries(value)) {
    if (to.isFull()) return;
    const at = [...path, key];
    const fixed = node.children.get(key);
    if (fixed !== undefined) {
      checkNode(fixed, child, at, to, quiet);
      continue;
    }
    // A catch-all stands for keys of other versions; a near miss of a key known here is a typo.
    const catchAll = node.free?.spec?.status === 'known';
    if (node.free === undefined || (catchAll && nearest(key, node.children.keys()) !== undefined)) {
      reportUnknown(node, key, at, to);
      continue;
    }
    checkFreeKey(node, key, at, to);
    checkNode(node.free, child, at, to, quiet);
  }
}

/** Checks one value and what lies below it. `quiet` after the one warning for a known section. */
export function checkNode(
  node: KeyNode,
  value: ConfigValue,
  path: readonly PathSegment[],
  to: Findings,
  quiet: boolean,
): void {
  if (!node.active && !quiet && path.length > 0) {
    to.warn(path, INERT_KEY);
  }
  const below = quiet || !node.active;
  const { spec } = node;
  if (spec !== undefined && !checkType(spec.type, value, path, to)) return;
  if (spec?.type.kind === 'any') return;
  if (Array.isArray(value)) {
    const { element } = node;
    if (element === undefined) {
      if (spec === undefined) to.issue(path, { message: 'must be an object' });
      return;
    }
    value.forEach((item: ConfigValue, index) => {
      const at = [...path, index];
      if (isConfigObject(item)) checkNode(element, item, at, to, below);
      else to.issue(at, { message: 'must be an object' });
    });
  } else if (isConfigObject(value)) {
    if (spec?.type.kind !== 'secret') checkMembers(node, value, path, to, below);
  } else if (spec === undefined && path.length > 0) {
    to.issue(path, { message: 'must be an object' });
  }
}
