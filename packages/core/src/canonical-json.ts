/**
 * The one spelling of a JSON value, so that two programs that hash it get the same bytes.
 *
 * Keys are sorted by UTF-16 code units, there are no blanks, numbers and strings are spelled as
 * `JSON.stringify` spells them, and members that are `undefined` are left out. Parsing the text and
 * spelling it again gives the same text.
 *
 * @module
 */
import { PortcullisError } from './errors.ts';
import type { Json } from './store.ts';

/**
 * Spells `value` canonically.
 *
 * Throws `json.value` for what JSON cannot hold (`NaN`, infinities, functions, big integers):
 * `JSON.stringify` would silently write something else, and a hash over it would vouch for a lie.
 *
 * @example
 * ```ts
 * canonicalJson({ b: [1, 'x'], a: null }); // '{"a":null,"b":[1,"x"]}'
 * ```
 */
export function canonicalJson(value: Json): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') {
    return JSON.stringify(value);
  }
  if (typeof value === 'number' && Number.isFinite(value)) return JSON.stringify(value);
  if (isList(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object') {
    throw new PortcullisError('json.value', `A ${typeof value} has no canonical JSON spelling.`, {
      hint: 'Keep to null, booleans, finite numbers, strings, lists and plain objects.',
    });
  }
  const members: string[] = [];
  for (const key of Object.keys(value).toSorted()) {
    const member = value[key];
    if (member !== undefined) members.push(`${JSON.stringify(key)}:${canonicalJson(member)}`);
  }
  return `{${members.join(',')}}`;
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
