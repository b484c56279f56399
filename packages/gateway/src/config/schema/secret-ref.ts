/**
 * SecretRef: a config value that says where a secret is, instead of being one. Promises: pure;
 * an object that only resembles a reference is none.
 *
 * @module
 */
import { type ConfigValue, isConfigObject } from '../document/config-value.ts';

/** Where a referenced secret lives. */
export type SecretSource = 'env' | 'file' | 'exec' | 'store';

/** `{ source, provider, id }` in place of a secret. */
export interface SecretRef {
  readonly source: SecretSource;
  /** A name from `secrets.providers`. Default `default`. */
  readonly provider: string;
  /** Variable name, JSON pointer, or the provider's own id, depending on the source. */
  readonly id: string;
}

const PROVIDER = /^[a-z][a-z0-9_-]{0,63}$/u;
const NAMED_ID = /^(?!.*(?:^|\/)\.{1,2}(?:\/|$))[A-Za-z0-9][A-Za-z0-9._:/#-]{0,255}$/u;
const ID_SHAPES: Readonly<Record<SecretSource, RegExp>> = {
  env: /^[A-Z][A-Z0-9_]{0,127}$/u,
  file: /^(?:value|(?:\/(?:[^~/]|~[01])*)+)$/u,
  exec: NAMED_ID,
  store: NAMED_ID,
};

function isSource(value: unknown): value is SecretSource {
  return typeof value === 'string' && Object.hasOwn(ID_SHAPES, value);
}

/** Reads a SecretRef; undefined when the value is not exactly one. */
export function parseSecretRef(value: ConfigValue | undefined): SecretRef | undefined {
  if (!isConfigObject(value)) return undefined;
  const { source, provider = 'default', id, ...rest } = value;
  if (Object.keys(rest).length > 0 || !isSource(source)) return undefined;
  if (typeof provider !== 'string' || !PROVIDER.test(provider)) return undefined;
  if (typeof id !== 'string' || !ID_SHAPES[source].test(id)) return undefined;
  return { source, provider, id };
}
