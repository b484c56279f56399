/**
 * A config with one more key.
 *
 * @module
 */
import {
  type ConfigObject,
  type ConfigValue,
  editConfig,
  isConfigObject,
  parseConfigValue,
} from '@portcullis/gateway/config';

/** The config with a key set; undefined where the path leads to no object. */
export function withKey(
  config: ConfigObject,
  path: string,
  value: ConfigValue,
): ConfigObject | undefined {
  const change = parseConfigValue(editConfig('{}', [{ path, value }]), 'The default');
  return isConfigObject(change) ? merged(config, change) : undefined;
}

function merged(base: ConfigObject, over: ConfigObject): ConfigObject {
  const entries = Object.entries(over).map(([key, value]): readonly [string, ConfigValue] => {
    const below = Object.hasOwn(base, key) ? base[key] : undefined;
    return [key, isConfigObject(below) && isConfigObject(value) ? merged(below, value) : value];
  });
  return { ...base, ...Object.fromEntries(entries) };
}
