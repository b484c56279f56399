/**
 * In which keys two configs differ, and configs in which only one of these keys is different.
 *
 * @module
 */
import { isObject, type JsonObject } from '../setting.ts';

/** Keys that lead to a difference. A list counts as one value. */
export type KeyPath = readonly string[];

/** The shortest paths below which `one` and `other` differ and nothing else does. */
export function changedKeys(one: unknown, other: unknown, path: KeyPath = []): readonly KeyPath[] {
  if (sameData(one, other)) return [];
  if (!isObject(one) || !isObject(other)) return [path];
  const keys = [...new Set([...Object.keys(one), ...Object.keys(other)])];
  return keys.flatMap((key) => {
    const at = [...path, key];
    if (!Object.hasOwn(one, key) || !Object.hasOwn(other, key)) return [at];
    return changedKeys(one[key], other[key], at);
  });
}

/** `config` with what stands at `path` in `donor`; removed where the donor has nothing there. */
export function transplant(config: unknown, donor: unknown, path: KeyPath): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return donor;
  const below = isObject(donor) && Object.hasOwn(donor, key) ? donor[key] : undefined;
  const from: JsonObject = isObject(config) ? config : {};
  if (below === undefined)
    return fromEntries(Object.entries(from).filter(([name]) => name !== key));
  const old = Object.hasOwn(from, key) ? from[key] : undefined;
  return withKey(from, key, transplant(old, below, rest));
}

/** `holder` with `key` set, also where the key is one that objects inherit. */
export function withKey(holder: JsonObject, key: string, value: unknown): JsonObject {
  const entries = Object.entries(holder);
  return Object.hasOwn(holder, key)
    ? fromEntries(entries.map(([name, old]) => [name, name === key ? value : old]))
    : fromEntries([...entries, [key, value]]);
}

function fromEntries(entries: readonly (readonly [string, unknown])[]): JsonObject {
  return Object.fromEntries(entries);
}

/** Whether two values hold the same data. Key order does not count. */
export function sameData(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((each, index) => sameData(each, other[index]));
  }
  if (!isObject(one) || !isObject(other)) return false;
  const keys = Object.keys(one);
  return (
    keys.length === Object.keys(other).length &&
    keys.every((key) => Object.hasOwn(other, key) && sameData(one[key], other[key]))
  );
}

/** A path as decisions write it. */
export function pathText(path: KeyPath): string {
  return path.length === 0 ? '<root>' : path.join('.');
}
