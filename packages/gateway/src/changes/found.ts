/**
 * The config document as it is found in its file, and as it may be kept. Promises: a file that is
 * no config is described, never thrown; what is kept holds no secret.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';

import {
  type ConfigObject,
  type LoadedConfig,
  type LoadOptions,
  hashConfig,
  isConfigObject,
  loadConfig,
  parseConfig,
  parseConfigValue,
  redactConfig,
  redactConfigText,
} from '../config/index.ts';
import { sameValue } from '../config/document/config-value.ts';
import { readTextFile } from '../config/text-file.ts';
import type { EgressGuard } from '../egress/guard.ts';

/**
 * Reads the file. One that is no config at all has one issue, at no path, and no settings.
 *
 * Throws `config.unreadable`.
 */
export function findDocument(options: LoadOptions): LoadedConfig {
  const { configPath } = options.paths;
  const file = readTextFile(configPath);
  // A missing file, and one that cannot be read, are told by the loader itself.
  if (file.kind !== 'text') return loadConfig({ ...options, invalid: 'report' });
  try {
    return parseConfig(file.text, { ...options, invalid: 'report' });
  } catch (error) {
    if (!PortcullisError.is(error)) throw error;
    const nothing: ConfigObject = {};
    return {
      path: configPath,
      exists: true,
      raw: file.text,
      hash: hashConfig(file.text),
      parsed: nothing,
      source: nothing,
      value: nothing,
      env: options.env,
      warnings: [],
      issues: [{ path: '', message: error.message }],
      includes: [],
      unavailable: [],
    };
  }
}

/** A document without its secrets, as it may be kept; undefined when that cannot be made sure. */
export function redactedOf(raw: string, egress: EgressGuard): string | undefined {
  if (raw.trim() === '') return '{}\n';
  try {
    const text = redactConfigText(raw);
    return egress.carries([text]) ? undefined : text;
  } catch {
    return undefined;
  }
}

/**
 * What a config sets, as JSON without its secrets, where its document does not say it all: it includes
 * other files, or has variables in it. Undefined elsewhere, and when no secret cannot be made sure.
 */
export function settingsOf(
  { parsed, value }: LoadedConfig,
  egress: EgressGuard,
): string | undefined {
  if (sameValue(parsed, value)) return undefined;
  const text = JSON.stringify(redactConfig(value));
  return egress.carries([text]) ? undefined : text;
}

/** What a kept document says; nothing when there is none. */
export function documentOf(text: string | undefined): ConfigObject {
  if (text === undefined) return {};
  const value = parseConfigValue(text, 'A kept config');
  return isConfigObject(value) ? value : {};
}
