/**
 * The loose shape of a parsed `openclaw.json`. Promises: pure, and safe with keys that come from
 * a file (`__proto__` is an ordinary own key here, never a prototype).
 *
 * @module
 */

/** Anything a config file can hold. Treat it as read-only: it is never copied before it is shared. */
export type ConfigValue = string | number | boolean | null | ConfigValue[] | ConfigObject;

/** An object in a config file. Read it with {@link ownValue}, so that only own keys count. */
export interface ConfigObject {
  readonly [key: string]: ConfigValue;
}

/** True for objects, false for arrays, null and scalars. */
export function isConfigObject(value: unknown): value is ConfigObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value of an own key, undefined when the container is no object or lacks the key. */
export function ownValue(container: unknown, key: string): ConfigValue | undefined {
  return isConfigObject(container) && Object.hasOwn(container, key) ? container[key] : undefined;
}

/** Builds an object key by key. Assignment would give `__proto__` its magic; this does not. */
export function objectOf(entries: Iterable<readonly [string, ConfigValue]>): ConfigObject {
  const object: Record<string, ConfigValue> = {};
  for (const [key, value] of entries) {
    if (key === '__proto__') {
      Object.defineProperty(object, key, {
        value,
        enumerable: true,
        configurable: true,
        writable: true,
      });
    } else {
      object[key] = value;
    }
  }
  return object;
}

/** True when two values hold the same data. Key order does not count; `NaN` equals itself. */
export function sameValue(left: ConfigValue | undefined, right: ConfigValue | undefined): boolean {
  if (Object.is(left, right) || left === right) return true;
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((item, i) => sameValue(item, right[i]));
  }
  if (!isConfigObject(left) || !isConfigObject(right)) return false;
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && sameValue(left[key], right[key]))
  );
}

/** The value below `value` by these keys, undefined where one is missing. */
export function valueAt(value: unknown, ...keys: readonly string[]): unknown {
  return keys.reduce<unknown>(ownValue, value);
}
