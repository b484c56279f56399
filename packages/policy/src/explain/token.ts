/**
 * Every word of a config that an id from outside could be compared with, and where it stands.
 *
 * The rules compare ids in three ways only: with the entries of a list, with the keys of a map, and
 * with single settings of a binding. A token is one such word, and its site is what it takes part
 * in. The position inside a list is left out of a site, because a list is asked as a set; the value
 * below a key is part of it, because that is what being this key means.
 *
 * @module
 */
import { canonicalJson } from '../digest.ts';
import { isObject } from '../setting.ts';

/** A word of a config together with what being that word means. */
export interface Token {
  readonly text: string;
  /** Equal sites mean the same thing for every decision. */
  readonly site: string;
  /** Keys that lead to the list or map, or to the setting itself. */
  readonly path: readonly string[];
  readonly kind: 'entry' | 'key' | 'setting';
}

/** Maps whose keys are ids, or say something about somebody. */
const ID_MAPS: ReadonlySet<string> = new Set([
  'accounts',
  'byProvider',
  'channels',
  'direct',
  'groups',
  'guilds',
  'toolsBySender',
  'topics',
]);

/** Lists that only ever hold names of tools. */
const TOOL_LISTS: ReadonlySet<string> = new Set(['allow', 'alsoAllow', 'deny']);

/** Deeper than any real config; a deeper one is refused when it is compiled. */
const MAX_DEPTH = 100;

/** The tokens of `config`; `tag` keeps the sites of several configs apart. */
export function tokensOf(config: unknown, tag: string): readonly Token[] {
  const tokens: Token[] = [];
  collect(config, [], tag, tokens);
  return tokens;
}

function collect(value: unknown, path: readonly string[], tag: string, into: Token[]): void {
  if (path.length > MAX_DEPTH) return;
  if (Array.isArray(value)) {
    collectEntries(value, path, tag, into);
    return;
  }
  if (!isObject(value)) return;
  const holder = path.at(-1);
  const names = holder !== undefined && ID_MAPS.has(holder);
  for (const [key, below] of Object.entries(value)) {
    if (names) into.push({ text: key, site: keySite(tag, path, key, below), path, kind: 'key' });
    const at = [...path, key];
    if (path[0] === 'bindings' && (typeof below === 'string' || typeof below === 'number')) {
      into.push({
        text: String(below),
        site: `${tag}=${at.join('\0')}`,
        path: at,
        kind: 'setting',
      });
    }
    collect(below, at, tag, into);
  }
}

function collectEntries(
  list: readonly unknown[],
  path: readonly string[],
  tag: string,
  into: Token[],
): void {
  const skipped = TOOL_LISTS.has(path.at(-1) ?? '') && path.some((key) => key.startsWith('tools'));
  list.forEach((entry, index) => {
    if (typeof entry !== 'string' && typeof entry !== 'number') {
      collect(entry, [...path, String(index)], tag, into);
    } else if (!skipped) {
      const text = String(entry).trim();
      into.push({ text, site: `${tag}[${path.join('\0')}`, path, kind: 'entry' });
    }
  });
}

function keySite(tag: string, path: readonly string[], key: string, below: unknown): string {
  return `${tag}.${path.join('\0')}\0${textOf(below) ?? `?${key}`}`;
}

/** One text per value; what has none is like nothing else. */
function textOf(value: unknown): string | undefined {
  try {
    return canonicalJson(value);
  } catch {
    return undefined;
  }
}
