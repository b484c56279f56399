/**
 * JSON merge patches. Promises: pure; `null` removes a key; a list that would lose entries is
 * replaced only where the patch says so by name.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';

import { type ConfigObject, type ConfigValue, isConfigObject } from '../config/index.ts';
import { objectOf, sameValue } from '../config/document/config-value.ts';

/**
 * `value` with `patch` merged in. `replacePaths` are paths such as `channels.slack.allowFrom`.
 *
 * Throws `config.patch_list` when a list that is not named would lose an entry.
 */
export function mergePatch(
  value: ConfigValue | undefined,
  patch: ConfigValue,
  replacePaths: readonly string[],
  path: string = '',
): ConfigValue {
  if (!isConfigObject(patch)) {
    if (Array.isArray(value) && !replacePaths.includes(path)) checkList(value, patch, path);
    return patch;
  }
  const merged = new Map<string, ConfigValue>(isConfigObject(value) ? Object.entries(value) : []);
  for (const [key, child] of Object.entries(patch satisfies ConfigObject)) {
    const at = path === '' ? key : `${path}.${key}`;
    if (child === null) merged.delete(key);
    else merged.set(key, mergePatch(merged.get(key), child, replacePaths, at));
  }
  return objectOf(merged);
}

function checkList(value: readonly ConfigValue[], patch: ConfigValue, path: string): void {
  const next: readonly ConfigValue[] = Array.isArray(patch) ? patch : [];
  const isKept = (entry: ConfigValue) =>
    next.some((each) => sameValue(each, entry) || sameId(each, entry));
  if (value.every(isKept)) return;
  throw new PortcullisError('config.patch_list', `${path} would lose entries.`, {
    hint: `Send the whole list, or name it: replacePaths ["${path}"].`,
    details: { path },
  });
}

function sameId(one: ConfigValue, other: ConfigValue): boolean {
  if (!isConfigObject(one) || !isConfigObject(other)) return false;
  return typeof one['id'] === 'string' && one['id'] === other['id'];
}
