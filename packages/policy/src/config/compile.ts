/**
 * The config as decisions read it: a private copy plus what was worked out from it.
 *
 * Lists become sets and places become scopes when they are first read, and are kept with the copy,
 * so that a decision costs the same for ten allowed senders and for a hundred thousand. Nothing
 * outlives the copy: another config is another compilation.
 *
 * @module
 */
import { isObject } from '../setting.ts';

/** A config and everything worked out from it. */
export interface CompiledConfig {
  /** The config, or null when it could not be read; then every decision is `config.invalid`. */
  readonly root: unknown;
  /** What each room keeps, by the index of its {@link Keeping}. Ask {@link kept}. */
  readonly keepings: unknown[];
}

/** What one room works out from a config and keeps with it. */
export interface Keeping<Value> {
  readonly index: number;
  /** Makes it empty, for a config that was not asked yet. */
  readonly make: () => Value;
}

let keepings = 0;

/** Declares what a room keeps. Once per module, so that every config has one place for it. */
export function defineKeeping<Value>(make: () => Value): Keeping<Value> {
  const index = keepings;
  keepings += 1;
  return { index, make };
}

/** What a room keeps with `config`. */
export function kept<Value>(config: CompiledConfig, { index, make }: Keeping<Value>): Value {
  // Only this function ever writes at its index, and it writes what it makes.
  const known = config.keepings[index] as Value | undefined;
  if (known !== undefined) return known;
  const value = make();
  config.keepings[index] = value;
  return value;
}

/** Compiles `root` as it is. The caller promises not to change it while the result is in use. */
export function compileInPlace(root: unknown): CompiledConfig {
  return { root, keepings: [] };
}

/** Compiles a private, frozen copy of `config`, so that later changes to it have no effect. */
export function compileConfig(config: unknown): CompiledConfig {
  try {
    return compileInPlace(copy(config, 0));
  } catch {
    return compileInPlace(null);
  }
}

/** Deeper than any real config, and shallow enough for the stack. A cyclic value ends here too. */
const MAX_DEPTH = 100;

function copy(value: unknown, depth: number): unknown {
  if (depth > MAX_DEPTH) throw new RangeError('config is nested too deeply');
  if (Array.isArray(value)) {
    return Object.freeze(Array.from(value, (entry: unknown) => copy(entry, depth + 1)));
  }
  if (!isObject(value)) return value;
  // Object.fromEntries defines own properties, also for a key such as `__proto__`.
  return Object.freeze(
    Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, copy(entry, depth + 1)])),
  );
}
