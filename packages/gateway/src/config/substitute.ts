/**
 * `${NAME}` in config strings. Promises: pure; a variable that is missing leaves its string as it
 * was written and is reported, so that nobody mistakes the placeholder for a value.
 *
 * @module
 */
import { type ConfigValue, isConfigObject, objectOf } from './document/config-value.ts';
import { type PathSegment, formatPath } from './document/key-path.ts';
import type { Environment } from './paths.ts';

const PLACEHOLDER = /(\$?)\$\{([A-Z_][A-Z0-9_]*)\}/gu;

/** A string that names a variable nobody set. */
export interface UnavailableValue {
  /** Where the string stands: `gateway.auth.token`. */
  readonly path: string;
  /** The first variable that is missing or empty. */
  readonly variable: string;
}

/** A config with its variables put in. */
export interface Substituted {
  readonly value: ConfigValue;
  readonly unavailable: readonly UnavailableValue[];
}

/** The value of a variable; an empty one counts as not set. */
export function variableValue(env: Environment, name: string): string | undefined {
  const value = Object.hasOwn(env, name) ? env[name] : undefined;
  return value === '' ? undefined : value;
}

/** The first variable of a string that the environment lacks. */
function missingVariable(text: string, env: Environment): string | undefined {
  for (const [, escape, name = ''] of text.matchAll(PLACEHOLDER)) {
    if (escape === '' && variableValue(env, name) === undefined) return name;
  }
  return undefined;
}

function substituteText(text: string, env: Environment): string {
  return text.replaceAll(PLACEHOLDER, (whole, escape: string, name: string) =>
    escape === '' ? (variableValue(env, name) ?? whole) : whole.slice(1),
  );
}

/** Replaces `${NAME}` by the variable's value and `$${NAME}` by the literal `${NAME}`. */
export function substituteVariables(root: ConfigValue, env: Environment): Substituted {
  const unavailable: UnavailableValue[] = [];
  const walk = (value: ConfigValue, path: readonly PathSegment[]): ConfigValue => {
    if (typeof value === 'string') {
      if (!value.includes('${')) return value;
      const variable = missingVariable(value, env);
      if (variable === undefined) return substituteText(value, env);
      unavailable.push({ path: formatPath(path), variable });
      return value;
    }
    if (Array.isArray(value)) return value.map((item: ConfigValue, i) => walk(item, [...path, i]));
    if (!isConfigObject(value)) return value;
    return objectOf(
      Object.entries(value).map(([key, child]) => [key, walk(child, [...path, key])] as const),
    );
  };
  return { value: walk(root, []), unavailable };
}
