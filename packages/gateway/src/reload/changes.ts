/**
 * Where two configs differ, and a config with a part of another. Promises: pure.
 *
 * @module
 */
import {
  type ConfigObject,
  type ConfigValue,
  type LoadedConfig,
  type PathSegment,
  type UnavailableValue,
  formatPath,
  isConfigObject,
  ownValue,
} from '../config/index.ts';
import { objectOf, sameValue } from '../config/document/config-value.ts';

/** A place in a config: the keys from the top. */
export type ConfigPath = readonly PathSegment[];

/** Every place where two configs differ: the deepest keys, a list being one value. */
export function changedPaths(before: ConfigObject, after: ConfigObject): readonly ConfigPath[] {
  const changed: ConfigPath[] = [];
  const walk = (
    left: ConfigValue | undefined,
    right: ConfigValue | undefined,
    path: ConfigPath,
  ): void => {
    if (sameValue(left, right)) return;
    if (!isSection(left) || !isSection(right) || !(hasKeys(left) || hasKeys(right))) {
      changed.push(path);
      return;
    }
    const keys = new Set([...keysOf(left), ...keysOf(right)]);
    for (const key of keys) walk(ownValue(left, key), ownValue(right, key), [...path, key]);
  };
  walk(before, after, []);
  return changed;
}

/** `config` with what `other` has at a path, or without the key where it has none. */
export function withPartOf(
  config: ConfigObject,
  other: ConfigObject,
  [first, ...rest]: ConfigPath,
): ConfigObject {
  const key = String(first);
  const there = ownValue(other, key);
  const below = rest.length === 0 ? there : part(ownValue(config, key), there, rest);
  const entries = Object.entries(config).flatMap(([name, value]): [string, ConfigValue][] => {
    if (name !== key) return [[name, value]];
    return below === undefined ? [] : [[name, below]];
  });
  if (below !== undefined && !Object.hasOwn(config, key)) entries.push([key, below]);
  return objectOf(entries);
}

/** `config` with what `before` had at some paths: what stays in force there. */
export function keeping(
  config: LoadedConfig,
  before: LoadedConfig,
  paths: readonly ConfigPath[],
): LoadedConfig {
  const kept = paths.map(formatPath);
  const mixed = (of: ConfigObject, old: ConfigObject): ConfigObject =>
    paths.reduce((value, path) => withPartOf(value, old, path), of);
  const stays = ({ path }: UnavailableValue): boolean => kept.some((each) => isBelow(path, each));
  return {
    ...config,
    source: mixed(config.source, before.source),
    value: mixed(config.value, before.value),
    unavailable: [
      ...config.unavailable.filter((each) => !stays(each)),
      ...before.unavailable.filter(stays),
    ],
  };
}

/** Whether a path is another one, or lies below it. */
export function isBelow(path: string, above: string): boolean {
  return path === above || path.startsWith(`${above}.`) || path.startsWith(`${above}[`);
}

function part(
  config: ConfigValue | undefined,
  other: ConfigValue | undefined,
  path: ConfigPath,
): ConfigValue | undefined {
  const target = isConfigObject(config) ? config : {};
  const made = withPartOf(target, isConfigObject(other) ? other : {}, path);
  // A section that only the kept keys would make is none.
  const isNone = config === undefined || other === undefined;
  return isNone && Object.keys(made).length === 0 ? undefined : made;
}

/** An object, or none there where the other config has one. */
function isSection(value: ConfigValue | undefined): boolean {
  return value === undefined || isConfigObject(value);
}

function hasKeys(value: ConfigValue | undefined): boolean {
  return isConfigObject(value) && Object.keys(value).length > 0;
}

function keysOf(value: ConfigValue | undefined): readonly string[] {
  return isConfigObject(value) ? Object.keys(value) : [];
}
