/**
 * Every place in a JSON value, and the value with something else there.
 *
 * @module
 */

/** Keys and indices from the root. */
export type Path = readonly (string | number)[];

/** Every place in `value`, sections and entries of lists included. */
export function places(value: unknown, at: Path = []): readonly Path[] {
  if (typeof value !== 'object' || value === null) return [];
  const keys = Array.isArray(value) ? value.map((_, index) => index) : Object.keys(value);
  return keys.flatMap((key) => {
    const here = [...at, key];
    return [here, ...places(Object(value)[key], here)];
  });
}

/** Stands for nothing at all: the place is taken out. */
export const ABSENT: unique symbol = Symbol('absent');

/** `value` with `leaf` at the place; nothing else changes. */
export function changed(value: unknown, [key, ...rest]: Path, leaf: unknown): unknown {
  if (key === undefined) return leaf;
  const inner = rest.length === 0 ? leaf : changed(Object(value)[key], rest, leaf);
  if (Array.isArray(value)) {
    return inner === ABSENT ? value.toSpliced(Number(key), 1) : value.with(Number(key), inner);
  }
  const { [String(key)]: _old, ...others } = (value ?? {}) as Record<string, unknown>;
  return inner === ABSENT ? others : { ...others, [key]: inner };
}

/** What stands at the place. */
export function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((at, key) => Object(at)[key], value);
}
