/**
 * The variables a config may refer to: the process's own, then `<state>/.env`, then `env.vars`.
 * Promises: an earlier source is never overridden by a later one, a `.env` in the working
 * directory is never read, and `process.env` is never changed.
 *
 * @module
 */
import { join } from 'node:path';
import { type ConfigValue, isConfigObject, ownValue } from './document/config-value.ts';
import type { Environment, StatePaths } from './paths.ts';
import { substituteVariables } from './substitute.ts';
import { readTextFile } from './text-file.ts';

const LINE = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)$/u;

function dotenvValue(text: string): string {
  const quoted = /^(["'])((?:\\.|(?!\1).)*)\1\s*(?:#.*)?$/u.exec(text);
  if (quoted === null) return text.replace(/\s+#.*$|^#.*$/u, '').trim();
  const [, quote, inner = ''] = quoted;
  if (quote === "'") return inner;
  return inner.replaceAll(/\\(.)/gu, (_, char: string) => (char === 'n' ? '\n' : char));
}

/** Parses `NAME=value` lines: comments, `export`, single and double quotes. No expansion. */
export function parseDotenv(text: string): Readonly<Record<string, string>> {
  const entries: [string, string][] = [];
  for (const line of text.replace(/^\uFEFF/u, '').split(/\r?\n/u)) {
    const match = LINE.exec(line);
    if (match !== null) entries.push([match[1] ?? '', dotenvValue(match[2] ?? '')]);
  }
  return Object.fromEntries(entries);
}

/** Later sources fill only what earlier ones lack; an empty value counts as lacking. */
function layered(...sources: readonly Environment[]): Environment {
  const merged = new Map<string, string>();
  for (const source of sources) {
    for (const [name, value] of Object.entries(source)) {
      if (value !== undefined && value !== '' && !merged.has(name)) merged.set(name, value);
    }
  }
  return Object.fromEntries(merged);
}

/** The environment for one config, and what was wrong with its sources. */
export interface LayeredEnvironment {
  readonly env: Environment;
  /** One sentence when `<state>/.env` exists but could not be read. */
  readonly fault: string | undefined;
}

/** Gathers the variables that `config` (before substitution) may refer to. */
export function layerEnvironment(
  env: Environment,
  paths: StatePaths,
  config: ConfigValue,
): LayeredEnvironment {
  const file = readTextFile(join(paths.stateDir, '.env'));
  const base = layered(env, file.kind === 'text' ? parseDotenv(file.text) : {});
  const vars = ownValue(ownValue(config, 'env'), 'vars');
  const own = substituteVariables(isConfigObject(vars) ? vars : {}, base);
  const missing = new Set(own.unavailable.map((entry) => entry.path));
  const usable = Object.entries(own.value as object).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string' && !missing.has(entry[0]),
  );
  return {
    env: layered(base, Object.fromEntries(usable)),
    fault:
      file.kind === 'fault'
        ? `The .env file beside the config was not read: ${file.reason}.`
        : undefined,
  };
}
