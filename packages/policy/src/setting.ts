/**
 * Reading untrusted JSON: own properties only, and never a guess.
 *
 * A decision reads settings through these functions. A value of the wrong type, or a word that is
 * not one of the choices, raises {@link InvalidSetting}; `total` in `verdict.ts` turns that into
 * `deny config.invalid`. So exactly the decision that had to read the broken value is refused, and
 * the signal never leaves the package.
 *
 * @module
 */

/** A JSON object whose keys come from outside. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** A value together with the config path it was read from. */
export interface Setting {
  readonly value: unknown;
  readonly path: string;
}

/** The signal for "this value cannot be read"; `path` names it. Never escapes a decision. */
export class InvalidSetting extends Error {
  override readonly name = 'InvalidSetting';
  readonly path: string;

  constructor(path: string) {
    super('a setting has a value that cannot be read');
    this.path = path;
  }
}

/** True for a JSON object (not an array, not null). */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The own property `key` of `holder`, or undefined. Inherited keys such as `constructor` are absent. */
export function own(holder: unknown, key: string): unknown {
  return isObject(holder) && Object.hasOwn(holder, key) ? holder[key] : undefined;
}

/**
 * `value` with no properties but its own, so that fields with fixed names can be read plainly: the
 * value itself where it is an ordinary object, else a copy that inherits nothing.
 */
export function ownRecord(value: JsonObject): JsonObject {
  return Object.getPrototypeOf(value) === Object.prototype && nothingInherited()
    ? value
    : Object.assign(Object.create(null), value);
}

const EMPTY = {};

/** Whether ordinary objects inherit nothing that looks like a field. */
function nothingInherited(): boolean {
  let inherited = 0;
  for (const field in EMPTY) inherited += field.length;
  return inherited === 0;
}

/**
 * Walks `keys` down from `root`. An absent step answers `undefined`; a step that is present but is
 * not an object raises {@link InvalidSetting}, because what it was meant to hold is unknown.
 */
export function setting(root: unknown, ...keys: readonly string[]): Setting {
  let value: unknown = root;
  let path = '';
  for (const key of keys) {
    if (value === undefined) break;
    if (!isObject(value)) throw new InvalidSetting(path === '' ? '<root>' : path);
    value = Object.hasOwn(value, key) ? value[key] : undefined;
    path = path === '' ? key : `${path}.${key}`;
  }
  return { value, path: keys.join('.') };
}

/** One of `choices`, exactly as written, or undefined when unset. */
export function asChoice<const Choice extends string>(
  { value, path }: Setting,
  choices: readonly Choice[],
): Choice | undefined {
  if (value === undefined) return undefined;
  const choice = choices.find((each) => each === value);
  if (choice === undefined) throw new InvalidSetting(path);
  return choice;
}

/** A boolean, or undefined when unset. */
export function asFlag({ value, path }: Setting): boolean | undefined {
  if (value === undefined || typeof value === 'boolean') return value;
  throw new InvalidSetting(path);
}

/** A string, or undefined when unset. */
export function asText({ value, path }: Setting): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  throw new InvalidSetting(path);
}

/** A list of strings, or undefined when unset. One entry of another type spoils the list. */
export function asTexts({ value, path }: Setting): readonly string[] | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) throw new InvalidSetting(path);
  return value.map((entry: unknown, index) => {
    if (typeof entry !== 'string') throw new InvalidSetting(`${path}.${index}`);
    return entry;
  });
}

/** A safe integer of at least `least`, or undefined when unset. */
export function asCount({ value, path }: Setting, least: number): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least) {
    throw new InvalidSetting(path);
  }
  return value;
}

/** An object, or undefined when unset. */
export function asSection({ value, path }: Setting): JsonObject | undefined {
  if (value === undefined || isObject(value)) return value;
  throw new InvalidSetting(path);
}

/** A list of anything, or undefined when unset. */
export function asList({ value, path }: Setting): readonly unknown[] | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) throw new InvalidSetting(path);
  return value;
}
