/**
 * `openclaw config`: shows, changes and checks the config file.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';
import {
  type ConfigValue,
  type LoadedConfig,
  REDACTED,
  configJsonSchema,
  editConfig,
  formatPath,
  getPath,
  isConfigObject,
  loadConfig,
  nearest,
  parseConfigValue,
  parsePath,
  redactConfig,
} from '@portcullis/gateway/config';

import type { CommandHandler, Invocation } from '../../command.ts';
import { styled } from '../../terminal/style.ts';
import { type Change, changeConfig, printOutcome } from './change.ts';

/** The config, valid or not: these commands are how one is mended. */
function load({ context: { env, paths } }: Invocation): LoadedConfig {
  return loadConfig({ env, paths, invalid: 'report' });
}

/** The keys beside the one that is missing, from the deepest object that is there. */
function nearestKey(root: ConfigValue, path: string): string | undefined {
  const segments = parsePath(path);
  for (let depth = segments.length - 1; depth >= 0; depth -= 1) {
    const parent = depth === 0 ? root : getPath(root, formatPath(segments.slice(0, depth)));
    if (!isConfigObject(parent)) continue;
    const found = nearest(String(segments[depth]), Object.keys(parent));
    return found === undefined ? undefined : formatPath([...segments.slice(0, depth), found]);
  }
  return undefined;
}

function notSet(root: ConfigValue, path: string): PortcullisError {
  const at = formatPath(parsePath(path));
  const found = nearestKey(root, path);
  return new PortcullisError('config.not_set', `${at} is not set.`, {
    hint:
      found === undefined || found === at
        ? 'Run "openclaw config get" to see what is.'
        : `Did you mean ${found}?`,
  });
}

/** `openclaw config get [path]`. */
export const getConfig: CommandHandler = async (invocation) => {
  const { input, out, json } = invocation;
  const shown = redactConfig(load(invocation).source);
  const path = input.given('path');
  const value = path === undefined ? shown : getPath(shown, path);
  if (value === undefined) throw notSet(shown, path ?? '');
  if (json || typeof value === 'object') out.json(value);
  else out.line(String(value));
};

/** The value as it was meant: JSON5 where it is that, else the text itself. */
function readValue(text: string, jsonOnly: boolean): ConfigValue {
  try {
    return parseConfigValue(text, 'The value');
  } catch (error) {
    if (jsonOnly) throw error;
    return text;
  }
}

async function newValue({ input, doors }: Invocation): Promise<ConfigValue> {
  const written = input.given('value');
  if (input.flag('stdin') === (written !== undefined)) {
    throw new PortcullisError('usage.missing', '"openclaw config set" needs one value.', {
      hint: 'Write it behind the path, or hand it over with --stdin.',
    });
  }
  if (written !== undefined) return readValue(written, input.flag('json-value'));
  const text = await doors.readInput();
  return input.flag('json-value') ? readValue(text, true) : text;
}

function isSecret(path: string, value: ConfigValue): boolean {
  const shown = getPath(redactConfig(nest(path, value)), path);
  return typeof value === 'string' && shown === REDACTED;
}

/** An object that holds nothing but the value at its path. */
function nest(path: string, value: ConfigValue): ConfigValue {
  return parseConfigValue(editConfig('{}', [{ path, value }]), 'The value');
}

/** Says what became of a change of one key. */
function report(invocation: Invocation, path: string, change: Change, done: string): void {
  const { context, out, json, input } = invocation;
  if (json) {
    out.json({ ok: true, path, file: context.paths.configPath, ...change });
    return;
  }
  if (change.changed) out.line(`${path} is ${done} ${context.paths.configPath}.`);
  else if (input.flag('dry-run')) out.line('Nothing was changed.');
  else out.line(`${path} is as it should be already.`);
  for (const warning of change.warnings) if (warning.path === path) out.warn(warning.message);
  printOutcome(invocation, change);
}

/** `openclaw config set <path> <value>`. */
export const setConfig: CommandHandler = async (invocation) => {
  const { input, out, json } = invocation;
  const path = formatPath(parsePath(input.argument('path')));
  const value = await newValue(invocation);
  report(invocation, path, await changeConfig(invocation, [{ path, value }]), 'set in');
  if (!json && !input.flag('stdin') && isSecret(path, value)) {
    out.warn('The secret is now in the history of this shell. Next time use --stdin.');
  }
};

/** `openclaw config unset <path>`. */
export const unsetConfig: CommandHandler = async (invocation) => {
  const path = formatPath(parsePath(invocation.input.argument('path')));
  const loaded = load(invocation);
  if (getPath(loaded.parsed, path) === undefined) throw notSet(loaded.parsed, path);
  report(invocation, path, await changeConfig(invocation, [{ path }]), 'removed from');
};

/** `openclaw config schema`. */
export const printSchema: CommandHandler = async ({ out }) => {
  out.json(configJsonSchema());
};

/** `openclaw config validate`. */
export const validateConfigFile: CommandHandler = async (invocation) => {
  const { out, json } = invocation;
  const config = load(invocation);
  const { path, exists, warnings } = config;
  const issues =
    config.issues.length > 0
      ? config.issues
      : (await import('@portcullis/gateway/local')).whyNotStartable(config);
  const ok = issues.length === 0;
  if (json) {
    out.json({ ok, path, exists, issues, warnings });
    return ok ? 0 : 1;
  }
  for (const issue of issues) {
    out.line(styled('red', 'error'), `    ${issue.path}: ${issue.message}`);
  }
  for (const warning of warnings) {
    out.line(styled('yellow', 'warning'), `  ${warning.path}: ${warning.message}`);
  }
  if (!exists) out.line(`There is no ${path}; defaults apply.`);
  else out.line(ok ? `${path} is valid.` : `The gateway will not start with ${path}.`);
  return ok ? 0 : 1;
};

/** `openclaw config file`. */
export const showConfigFile: CommandHandler = async ({ context, out, json }) => {
  const path = context.paths.configPath;
  if (json) out.json({ path });
  else out.line(path);
};
