/**
 * Where the keys of a config come from.
 *
 * @module
 */
import { Secret } from '@portcullis/core';

/** Finds secrets by config path. A gateway brings its own, which also reads files and stores. */
export interface SecretLookup {
  /**
   * The secret at `path`, else the environment variable `fallback`, else undefined.
   *
   * @param path - `models.providers.openai.apiKey`, keys with dots in quotes and brackets
   */
  resolve(path: string, fallback?: string): Secret | undefined;
}

const STEP = /(?:^|\.)([^.[\]"\s]+)|\[("(?:[^"\\]|\\.)*")\]/gu;

function valueAt(config: unknown, path: string): unknown {
  let at = config;
  for (const [, bare, quoted] of path.matchAll(STEP)) {
    const key = bare ?? String(JSON.parse(quoted ?? '""'));
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined;
    at = (at as Readonly<Record<string, unknown>>)[key];
  }
  return at;
}

/**
 * A look-up for embedders without a gateway: literals, `${NAME}`, and references with
 * `source: "env"`. Anything else is not found.
 */
export function environmentSecrets(
  config: unknown,
  env: Readonly<Record<string, string | undefined>>,
): SecretLookup {
  const variable = (name: string): Secret | undefined => {
    const text = Object.hasOwn(env, name) ? env[name]?.trim() : undefined;
    return text === undefined || text === '' ? undefined : new Secret(text, `env:${name}`);
  };
  return {
    resolve(path, fallback) {
      const value = valueAt(config, path);
      if (typeof value === 'string' && value.trim() !== '') {
        const name = /^\$\{([A-Z][A-Z0-9_]*)\}$/.exec(value.trim())?.[1];
        return name === undefined ? new Secret(value, path) : variable(name);
      }
      if (typeof value === 'object' && value !== null) {
        const isEnv = 'source' in value && value.source === 'env' && 'id' in value;
        return isEnv ? variable(String(value.id)) : undefined;
      }
      return fallback === undefined ? undefined : variable(fallback);
    },
  };
}
