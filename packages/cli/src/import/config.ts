/**
 * The config of an OpenClaw installation, as this product reads it.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';
import {
  type ConfigIssue,
  type ConfigValue,
  type Environment,
  INERT_KEY,
  type LoadedConfig,
  type PathSegment,
  formatPath,
  isConfigObject,
  parseConfig,
  resolvePaths,
} from '@portcullis/gateway/config';
import { refusalOf } from '@portcullis/gateway/local';

import { type Source, isInside, pathInSource, readSource } from './source.ts';

/** A config and what this product makes of it. Nothing in it holds a secret but `raw`, `env`. */
export interface TheirConfig {
  readonly kind: 'read';
  /** The text as it is, and of each included file by its path in the installation. */
  readonly raw: string;
  readonly includes: readonly { readonly path: string; readonly text: string }[];
  /** Text of `.env` beside it. */
  readonly dotenv: string | undefined;
  readonly loaded: LoadedConfig;
  /** What keeps a gateway from starting with it, as issues of keys. */
  readonly issues: readonly ConfigIssue[];
  /** Keys without effect here. */
  readonly inert: readonly string[];
  readonly unset: readonly { readonly path: string; readonly variable: string }[];
  /** What else is odd: a key and a sentence each. */
  readonly notes: readonly { readonly path: string; readonly message: string }[];
  /** Keys that name something in the installation, which stays there. */
  readonly pointsBack: readonly string[];
  /** Why no gateway starts with it although every key is good. */
  readonly refusal: string | undefined;
}

/** The config, or why there is none. */
export type FoundConfig =
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable'; readonly why: string }
  | TheirConfig;

/** Reads the config of an installation with the variables of this environment. */
export function readConfig(source: Source, env: Environment): FoundConfig {
  const file = readSource(source, 'openclaw.json');
  if (file.kind === 'missing') return { kind: 'absent' };
  if (file.kind === 'refused') return { kind: 'unreadable', why: file.why };
  const dotenv = readSource(source, '.env');
  const where = { HOME: env['HOME'], OPENCLAW_HOME: env['OPENCLAW_HOME'] };
  // A `.env` that leads out of the folder is not read: it would be looked for where there is none.
  const folder = dotenv.kind === 'refused' ? `${source.root}/.env` : source.root;
  const paths = resolvePaths({
    ...where,
    OPENCLAW_STATE_DIR: folder,
    OPENCLAW_CONFIG_PATH: `${source.root}/openclaw.json`,
  });
  try {
    const { OPENCLAW_INCLUDE_ROOTS: _outside, ...inside } = env;
    const loaded = parseConfig(file.text, { env: inside, paths, invalid: 'report' });
    return {
      kind: 'read',
      raw: file.text,
      includes: includesOf(source, loaded),
      dotenv: dotenv.kind === 'text' ? dotenv.text : undefined,
      loaded,
      ...verdictOf(source, loaded, paths.home),
    };
  } catch (error) {
    if (!PortcullisError.is(error)) throw error;
    return { kind: 'unreadable', why: `${error.message} ${error.hint ?? ''}`.trim() };
  }
}

function includesOf(source: Source, { includes }: LoadedConfig): TheirConfig['includes'] {
  return includes.map((real) => {
    const path = pathInSource(source, real);
    const file = path === undefined ? undefined : readSource(source, path);
    if (path === undefined || file?.kind !== 'text') {
      throw new PortcullisError('import.changed', `${real} changed while it was read.`, {
        hint: 'Stop OpenClaw and try again.',
      });
    }
    return { path, text: file.text };
  });
}

function verdictOf(
  source: Source,
  loaded: LoadedConfig,
  home: string,
): Pick<TheirConfig, 'issues' | 'inert' | 'unset' | 'notes' | 'pointsBack' | 'refusal'> {
  const { issues, warnings, unavailable } = loaded;
  const missing = new Set(unavailable.map(({ path }) => path));
  const refusal = issues.length > 0 ? undefined : refusalOf(loaded);
  return {
    issues,
    inert: warnings.filter(({ message }) => message === INERT_KEY).map(({ path }) => path),
    unset: unavailable,
    notes: warnings.filter(({ message, path }) => message !== INERT_KEY && !missing.has(path)),
    pointsBack: pointingBack(source, loaded.value, home),
    refusal: refusal === undefined ? undefined : `${refusal.message} ${refusal.hint ?? ''}`.trim(),
  };
}

/** Keys whose text is a path into the installation. */
function pointingBack({ root }: Source, config: ConfigValue, home: string): readonly string[] {
  const found: string[] = [];
  const walk = (value: ConfigValue, path: readonly PathSegment[]): void => {
    if (typeof value === 'string') {
      const absolute = value.startsWith('~/') ? home + value.slice(1) : value;
      if (absolute.startsWith('/') && isInside(root, absolute)) found.push(formatPath(path));
    } else if (Array.isArray(value)) {
      value.forEach((item: ConfigValue, index) => walk(item, [...path, index]));
    } else if (isConfigObject(value)) {
      for (const [key, child] of Object.entries(value)) walk(child, [...path, key]);
    }
  };
  walk(config, []);
  return found;
}
