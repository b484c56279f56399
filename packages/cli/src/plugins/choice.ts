/**
 * Which plugins of others the config allows. Unset and empty allow none; what is denied is not
 * allowed, whatever else the config says.
 *
 * @module
 */
import { resolve } from 'node:path';

import { type LoadedConfig, isConfigObject } from '@portcullis/gateway/config';

import { isFreeId } from './manifest.ts';

/** What the config says about plugins of others. */
export interface PluginChoice {
  /** Ids to load. */
  readonly allowed: readonly string[];
  /** The hash that was agreed to, by id. */
  readonly pins: ReadonlyMap<string, string>;
  /** Folders of plugins that are being written, absolute. */
  readonly folders: readonly string[];
  /** Ids the config names in some way. */
  readonly named: readonly string[];
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}

/** What the config says about plugins of others. */
export function choiceOf({ value, env }: Pick<LoadedConfig, 'value' | 'env'>): PluginChoice {
  const section = isConfigObject(value['plugins']) ? value['plugins'] : {};
  const entries = isConfigObject(section['entries']) ? section['entries'] : {};
  const load = isConfigObject(section['load']) ? section['load'] : {};
  const denied = new Set(textsOf(section['deny']).map((id) => id.trim()));
  const listed = textsOf(section['allow']).map((id) => id.trim());
  const isOn = (id: string): boolean => {
    const entry = entries[id];
    return !denied.has(id) && !(isConfigObject(entry) && entry['enabled'] === false);
  };
  const pins = Object.entries(entries).flatMap(([id, entry]): [string, string][] => {
    const pin = isConfigObject(entry) ? entry['integrity'] : undefined;
    return typeof pin === 'string' ? [[id, pin]] : [];
  });
  const home = env['HOME'] ?? '';
  return {
    allowed:
      section['enabled'] === false
        ? []
        : [...new Set(listed)].filter((id) => isFreeId(id) && isOn(id)),
    pins: new Map(pins),
    folders: textsOf(load['paths']).map((path) => resolve(path.replace(/^~(?=\/|$)/u, home))),
    named: [...new Set([...listed, ...Object.keys(entries)])],
  };
}
