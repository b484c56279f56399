/**
 * Changes of a config as data, and the config after them. Nothing is changed in place.
 *
 * @module
 */
import { isObject } from '../setting.ts';
import { type KeyPath, withKey } from './changed-key.ts';

/** One change. `add` and `remove` speak of an entry of a list; a list that is absent is made. */
export type ConfigEdit =
  | { readonly do: 'set'; readonly path: KeyPath; readonly value: unknown }
  | { readonly do: 'unset'; readonly path: KeyPath }
  | { readonly do: 'add' | 'remove'; readonly path: KeyPath; readonly value: string };

/** `config` after `edit`. An edit that does not fit (an entry of what is no list) changes nothing. */
export function applyEdit(config: unknown, edit: ConfigEdit): unknown {
  return change(config, edit.path, (old) => {
    switch (edit.do) {
      case 'set':
        return edit.value;
      case 'unset':
        return undefined;
      case 'add':
        if (old === undefined) return [edit.value];
        return Array.isArray(old) ? [...old, edit.value] : old;
      case 'remove':
        return Array.isArray(old) ? old.filter((entry) => spelled(entry) !== edit.value) : old;
    }
  });
}

/** A list entry as a person would write it; what is neither text nor number has no spelling. */
function spelled(entry: unknown): string | undefined {
  return typeof entry === 'string' || typeof entry === 'number' ? String(entry) : undefined;
}

function change(holder: unknown, path: KeyPath, make: (old: unknown) => unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return make(holder);
  if (holder !== undefined && !isObject(holder)) return holder;
  const old = holder !== undefined && Object.hasOwn(holder, key) ? holder[key] : undefined;
  const next = change(old, rest, make);
  if (next === undefined) {
    const kept = Object.entries(holder ?? {}).filter(([name]) => name !== key);
    return Object.fromEntries(kept);
  }
  return withKey(holder ?? {}, key, next);
}

/** Where the path of a decision leads in a config. */
export interface FoundPath {
  /** Keys that exist, as far as the path can be followed; list positions as text. */
  readonly keys: KeyPath;
  /** What is left of the path; empty when all of it exists. */
  readonly rest: string;
}

/**
 * Follows a path as decisions write it. Ids may contain dots, so keys are taken from the config
 * itself: of all ways to read the path the one that leads furthest.
 */
export function followPath(config: unknown, path: string): FoundPath {
  const plain = path.startsWith('<default>') ? path.slice('<default>'.length) : path;
  return follow(config, plain);
}

function follow(holder: unknown, rest: string): FoundPath {
  let best: FoundPath = { keys: [], rest };
  if (rest === '' || typeof holder !== 'object' || holder === null) return best;
  for (const [key, below] of Object.entries(holder)) {
    if (rest !== key && !rest.startsWith(`${key}.`)) continue;
    const found = follow(below, rest.slice(key.length + 1));
    if (best.keys.length === 0 || found.rest.length < best.rest.length) {
      best = { keys: [key, ...found.keys], rest: found.rest };
    }
  }
  return best;
}

/** What stands at `path`, undefined when nothing does. */
export function valueAt(config: unknown, path: KeyPath): unknown {
  return path.reduce<unknown>(
    (holder, key) => (isObject(holder) && Object.hasOwn(holder, key) ? holder[key] : undefined),
    config,
  );
}
