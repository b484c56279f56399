/**
 * The single settings in which two configs differ. A list counts as one setting, and so does a
 * reference to a secret.
 *
 * @module
 */
import { isObject } from '../../setting.ts';
import { type KeyPath, sameData } from '../changed-key.ts';

/** A setting with its two values; undefined where it is absent. */
export interface LeafChange {
  readonly path: KeyPath;
  readonly before: unknown;
  readonly after: unknown;
}

/**
 * Every setting in which `before` and `after` differ, those of added and removed sections too.
 * `isSetting` tells where a reference may stand: a section with keys of these names is none.
 */
export function leafChanges(
  before: unknown,
  after: unknown,
  isSetting: (path: KeyPath) => boolean,
  path: KeyPath = [],
): readonly LeafChange[] {
  if (sameData(before, after)) return [];
  const keys = new Set([...keysOf(before), ...keysOf(after)]);
  const isOne = (value: unknown) => !isObject(value) || (isReference(value) && isSetting(path));
  const isScalar = [before, after].some((value) => value !== undefined && isOne(value));
  // An empty section has no settings, and may mean something by being there.
  if (isScalar || keys.size === 0) return [{ path, before, after }];
  return [...keys].flatMap((key) =>
    leafChanges(childOf(before, key), childOf(after, key), isSetting, [...path, key]),
  );
}

const REFERENCE_KEYS: ReadonlySet<string> = new Set(['source', 'provider', 'id']);

/** A SecretRef: it stands for one value. */
function isReference(value: Readonly<Record<string, unknown>>): boolean {
  const isWhole = Object.keys(value).every((key) => REFERENCE_KEYS.has(key));
  return isWhole && typeof value['source'] === 'string' && typeof value['id'] === 'string';
}

function keysOf(value: unknown): readonly string[] {
  return isObject(value) ? Object.keys(value) : [];
}

function childOf(value: unknown, key: string): unknown {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}
