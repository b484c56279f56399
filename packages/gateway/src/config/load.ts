/**
 * From `openclaw.json` to a config that can be used: read, parse, include, substitute, validate.
 * Promises: synchronous and local (no network, no child process); what cannot be understood is an
 * error, never a default.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';
import type { ConfigObject, ConfigValue } from './document/config-value.ts';
import { parseConfigText } from './document/document.ts';
import { layerEnvironment } from './environment.ts';
import type { ConfigIssue, ConfigWarning } from './schema/findings.ts';
import { hashConfig } from './hash.ts';
import { expandIncludes } from './include.ts';
import type { Environment, StatePaths } from './paths.ts';
import { type UnavailableValue, substituteVariables } from './substitute.ts';
import { readTextFile } from './text-file.ts';
import { withRoster } from './roster.ts';
import { type ValidateOptions, validateConfig } from './schema/validate.ts';

/** Options of {@link loadConfig}. */
export interface LoadOptions extends ValidateOptions {
  /** Usually `process.env`. */
  readonly env: Environment;
  readonly paths: StatePaths;
  /**
   * `throw` (the default) rejects an invalid config with `config.invalid`; `report` returns it with
   * its issues, for the commands that show or mend it.
   */
  readonly invalid?: 'throw' | 'report';
}

/** A config file, from its text to its meaning. */
export interface LoadedConfig {
  readonly path: string;
  readonly exists: boolean;
  /** The file's text, empty when there is no file. */
  readonly raw: string;
  /** {@link hashConfig} of `raw`. */
  readonly hash: string;
  /** As written: before includes and variables. */
  readonly parsed: ConfigObject;
  /** With includes, before variables: what a person means, without the secrets of the environment. */
  readonly source: ConfigObject;
  /** With includes and variables: what the gateway works with. */
  readonly value: ConfigObject;
  /** The variables `value` was made with; hand them to {@link createSecrets}. */
  readonly env: Environment;
  readonly warnings: readonly ConfigWarning[];
  /** Empty unless loaded with `invalid: "report"`. */
  readonly issues: readonly ConfigIssue[];
  /** Real paths of the included files. */
  readonly includes: readonly string[];
  /** Strings that still hold a placeholder; treat each as not configured. */
  readonly unavailable: readonly UnavailableValue[];
}

function asObject(value: ConfigValue, path: string): ConfigObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as ConfigObject;
  }
  throw new PortcullisError(
    'config.include',
    `The $include at the top of ${path} holds no object.`,
    {
      hint: 'Let the included file hold an object.',
      details: { path },
    },
  );
}

function readConfigFile(path: string): { exists: boolean; raw: string } {
  const file = readTextFile(path);
  if (file.kind === 'text') return { exists: true, raw: file.text };
  if (file.kind === 'missing') return { exists: false, raw: '' };
  throw new PortcullisError('config.unreadable', `${path} cannot be read: ${file.reason}.`, {
    hint: 'Check that it is a UTF-8 file you own, at most 2 MB. The gateway does not start on a guess.',
    details: { path },
  });
}

function invalid(path: string, issues: readonly ConfigIssue[]): PortcullisError {
  const [first] = issues;
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : '';
  return new PortcullisError(
    'config.invalid',
    `OpenClaw config is invalid: ${first?.path ?? ''}: ${first?.message ?? ''}${more}`,
    {
      hint: `Correct ${path}, or run "openclaw config validate" to see every issue.`,
      details: { path, issues },
    },
  );
}

function interpret(raw: string, exists: boolean, options: LoadOptions): LoadedConfig {
  const { paths, env } = options;
  const path = paths.configPath;
  const parsed = exists ? parseConfigText(raw, path) : {};
  const included = expandIncludes(parsed, {
    configPath: path,
    home: paths.home,
    roots: env['OPENCLAW_INCLUDE_ROOTS'],
  });
  const source = asObject(included.value, path);
  const layered = layerEnvironment(env, paths, source);
  const { value: substituted, unavailable } = substituteVariables(source, layered.env);
  const value = asObject(substituted, path);
  const { issues, warnings } = validateConfig(value, options);
  const roster = withRoster(value);
  if (issues.length > 0 && options.invalid !== 'report') throw invalid(path, issues);
  return {
    path,
    exists,
    raw,
    hash: hashConfig(raw),
    parsed,
    source,
    value: roster.value,
    env: layered.env,
    warnings: [
      ...(layered.fault === undefined ? [] : [{ path: 'env', message: layered.fault }]),
      ...unavailable.map(({ path: at, variable }) => ({
        path: at,
        message: `${variable} is not set, so this value counts as not configured.`,
      })),
      ...warnings,
    ],
    issues,
    includes: included.files,
    unavailable: unavailable.map((each) => ({ ...each, path: roster.moved(each.path) })),
  };
}

/**
 * Interprets a config text as if it stood at `paths.configPath`: what a writer does before it
 * writes.
 *
 * @throws PortcullisError `config.syntax`, `config.include`, `config.invalid`.
 */
export function parseConfig(raw: string, options: LoadOptions): LoadedConfig {
  return interpret(raw, true, options);
}

/**
 * Loads the config at `paths.configPath`. A missing file is an empty config.
 *
 * Synchronous, so that a command line tool answers at once.
 *
 * @throws PortcullisError `config.unreadable`, `config.syntax`, `config.include`, and
 * `config.invalid` with `details.issues`.
 *
 * @example
 * ```ts
 * const paths = resolvePaths(process.env);
 * const { value, warnings } = loadConfig({ env: process.env, paths });
 * ```
 */
export function loadConfig(options: LoadOptions): LoadedConfig {
  const { exists, raw } = readConfigFile(options.paths.configPath);
  return interpret(raw, exists, options);
}
