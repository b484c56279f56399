/**
 * Finding one's way in the config: sections, layers, and the ids that name them.
 *
 * @module
 */
import { Memo } from './memo.ts';
import { InvalidSetting, type JsonObject, type Setting, isObject } from '../setting.ts';
import { type CompiledConfig, defineKeeping, kept } from './compile.ts';

/** Normalised key to own key, for maps whose keys compare by a normal form. */
const keyIndexes = defineKeeping(() => new Memo<ReadonlyMap<string, string>>());

/** An object of the config together with its path. Absent sections read as empty. */
export interface Section {
  readonly value: JsonObject | undefined;
  readonly path: string;
}

/** The setting at `keys` below `section`. A step that is present but no object cannot be read. */
export function within(section: Section, ...keys: readonly string[]): Setting {
  let value: unknown = section.value;
  let path = section.path;
  for (const key of keys) {
    if (value !== undefined && !isObject(value)) throw new InvalidSetting(path);
    value = value !== undefined && Object.hasOwn(value, key) ? value[key] : undefined;
    path = path === '' ? key : `${path}.${key}`;
  }
  return { value, path };
}

/** Like {@link within} for a section, undefined when it is absent. */
export function subsection(section: Section, ...keys: readonly string[]): Section | undefined {
  return toSection(within(section, ...keys));
}

/** A setting that must be an object, as a section. */
export function toSection({ value, path }: Setting): Section | undefined {
  if (value === undefined) return undefined;
  if (!isObject(value)) throw new InvalidSetting(path);
  return { value, path };
}

/** The whole config as a section. */
export function rootSection(config: CompiledConfig): Section {
  if (!isObject(config.root)) throw new InvalidSetting('<root>');
  return { value: config.root, path: '' };
}

/** The first of `layers` that sets `keys`: narrow layers come first. */
export function firstSetting(
  layers: readonly (Section | undefined)[],
  ...keys: readonly string[]
): Setting | undefined {
  for (const layer of layers) {
    if (layer === undefined) continue;
    const found = within(layer, ...keys);
    if (found.value !== undefined) return found;
  }
  return undefined;
}

/** How a path is written when a built-in default decided. */
export function byDefault(path: string): string {
  return `<default>${path}`;
}

const ID = /^[a-z0-9][a-z0-9_-]{0,63}$/;

const RESERVED_CHANNELS: ReadonlySet<string> = new Set([
  'direct',
  'group',
  'channel',
  'thread',
  'topic',
  'cron',
  'hook',
  'subagent',
  'acp',
  'main',
  'global',
]);

/** An account or agent id in its normal form: trimmed, lower case, nothing rewritten. */
export function readId({ value, path }: Setting): string {
  const id = typeof value === 'string' ? value.trim().toLowerCase() : '';
  if (!ID.test(id)) throw new InvalidSetting(path);
  return id;
}

/** A channel id as given. Words that session keys use as markers are not channel ids. */
export function readChannel({ value, path }: Setting): string {
  if (typeof value !== 'string' || value.trim() === '' || RESERVED_CHANNELS.has(value)) {
    throw new InvalidSetting(path);
  }
  return value;
}

/** True when `id` can name a channel in a session key, where it must not contain a separator. */
export function isChannelId(id: string): boolean {
  return ID.test(id) && !RESERVED_CHANNELS.has(id);
}

/**
 * The entry of `map` whose key has the normal form `wanted`. Two keys with one normal form make
 * the map unreadable: which of them was meant is unknown.
 */
export function entryByKey(
  config: CompiledConfig,
  map: Section,
  wanted: string,
  normalise: (key: string) => string | undefined,
  tag: string,
): Section | undefined {
  const { value, path } = map;
  if (value === undefined) return undefined;
  const index = kept(config, keyIndexes).get(value, tag, () => indexKeys(value, path, normalise));
  const key = index.get(wanted);
  return key === undefined ? undefined : subsection(map, key);
}

function indexKeys(
  map: JsonObject,
  path: string,
  normalise: (key: string) => string | undefined,
): ReadonlyMap<string, string> {
  const index = new Map<string, string>();
  for (const key of Object.keys(map)) {
    const normal = normalise(key);
    if (normal === undefined) continue;
    if (index.has(normal)) throw new InvalidSetting(`${path}.${key}`);
    index.set(normal, key);
  }
  return index;
}

/** The normal form of a key that names an account or an agent. */
export function normaliseIdKey(key: string): string {
  return key.trim().toLowerCase();
}
