/**
 * The vocabulary of the config schema. The schema is data, so that one table validates, documents
 * and later draws a form. Promises: pure.
 *
 * @module
 */

/** What may stand at a key. */
export type KeyType =
  /** Any of the listed words, exactly. */
  | {
      readonly kind: 'enum';
      readonly values: readonly string[];
      readonly aliases?: readonly string[];
    }
  | { readonly kind: 'string'; readonly pattern?: RegExp; readonly shape?: string }
  /** A string or a SecretRef. Never printed. */
  | { readonly kind: 'secret' }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'integer' | 'number'; readonly min: number; readonly max: number }
  | { readonly kind: 'strings' }
  /** A list of outside ids: strings, or numbers that JavaScript holds exactly. */
  | { readonly kind: 'ids' }
  /** An object whose keys are free; `keys` says what kind of name they must be. */
  | { readonly kind: 'map'; readonly keys?: 'agent' | 'account' | 'name' }
  /** A list of objects. */
  | { readonly kind: 'list' }
  /** Any of several types. */
  | { readonly kind: 'either'; readonly types: readonly KeyType[] }
  /** An object with fixed keys. */
  | { readonly kind: 'object' }
  /** Unchecked, with everything below. */
  | { readonly kind: 'any' };

/** One key of the config. */
export interface KeySpec {
  /** Path pattern: `*` stands for a free key, `[]` for an element: `bindings[].agentId`. */
  readonly path: string;
  readonly type: KeyType;
  /** One sentence for people. */
  readonly help: string;
  /** What holds when the key is absent. */
  readonly default?: string | number | boolean;
  /** `known`: accepted with one warning and without effect. Default `active`. */
  readonly status?: 'active' | 'known';
}

/** `true` or `false`. */
export const bool: KeyType = { kind: 'boolean' };
/** Any text. */
export const text: KeyType = { kind: 'string' };
/** A literal secret or a SecretRef. */
export const secret: KeyType = { kind: 'secret' };
/** A list of texts. */
export const strings: KeyType = { kind: 'strings' };
/** A list of user or room ids. */
export const ids: KeyType = { kind: 'ids' };
/** A list of objects. */
export const list: KeyType = { kind: 'list' };
/** Anything. */
export const any: KeyType = { kind: 'any' };

/** A word out of a closed set. `aliases` are accepted but not offered. */
export function oneOf(values: readonly string[], aliases: readonly string[] = []): KeyType {
  return { kind: 'enum', values, aliases };
}

/** A whole number, limits included. */
export function whole(min: number, max: number = Number.MAX_SAFE_INTEGER): KeyType {
  return { kind: 'integer', min, max };
}

/** A number, limits included. */
export function amount(min: number, max: number = Number.MAX_VALUE): KeyType {
  return { kind: 'number', min, max };
}

/** An object with free keys. */
export function mapOf(keys: 'agent' | 'account' | 'name' = 'name'): KeyType {
  return { kind: 'map', keys };
}

/** A text that must match; `shape` says in words what is expected. */
export function matching(pattern: RegExp, shape: string): KeyType {
  return { kind: 'string', pattern, shape };
}

/** The address of a web server. */
export const httpUrl: KeyType = matching(
  /^https?:\/\/[^\s@]+$/u,
  'an http or https URL without credentials',
);

/** One of several types. */
export function either(...types: readonly KeyType[]): KeyType {
  return { kind: 'either', types };
}

/** A row of the table. */
export function key(
  path: string,
  type: KeyType,
  help: string,
  options: Pick<KeySpec, 'default' | 'status'> = {},
): KeySpec {
  return { path, type, help, ...options };
}

/** A key that OpenClaw has and this version accepts without effect. */
export function knownKey(path: string): KeySpec {
  return { path, type: any, help: 'Accepted for compatibility, without effect.', status: 'known' };
}

/** The words of a key type, for tables and messages: `boolean`, `1..65535`, `"a" or "b"`. */
export function describeType(type: KeyType): string {
  switch (type.kind) {
    case 'enum':
      return type.values.map((value) => JSON.stringify(value)).join(' or ');
    case 'string':
      return type.shape ?? 'text';
    case 'secret':
      return 'secret (text or SecretRef)';
    case 'integer':
    case 'number': {
      const what = type.kind === 'integer' ? 'whole number' : 'number';
      const open = type.max >= Number.MAX_SAFE_INTEGER;
      return open ? `${what}, at least ${type.min}` : `${what}, ${type.min} to ${type.max}`;
    }
    case 'strings':
      return 'list of texts';
    case 'ids':
      return 'list of ids (texts or whole numbers)';
    case 'map':
      return 'object, free keys';
    case 'list':
      return 'list of objects';
    case 'either':
      return type.types.map(describeType).join(', or ');
    case 'object':
      return 'object';
    case 'any':
      return 'anything';
    case 'boolean':
      return 'true or false';
  }
}
