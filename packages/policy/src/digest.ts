/**
 * Digests that bind an approval to exactly what was shown: SHA-256 over JSON that has one spelling.
 *
 * @module
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { InvalidSetting, isObject } from './setting.ts';

const MAX_DEPTH = 32;

/**
 * JSON with sorted keys and no blanks, so that equal values have one text. Only JSON values are
 * accepted: anything else would have no text, or several.
 */
export function canonicalJson(value: unknown, depth: number = 0): string {
  if (depth > MAX_DEPTH) throw new InvalidSetting('request');
  if (Array.isArray(value)) {
    return `[${value.map((each: unknown) => canonicalJson(each, depth + 1)).join(',')}]`;
  }
  if (isObject(value)) {
    const fields = Object.keys(value)
      .filter((key) => value[key] !== undefined)
      .toSorted()
      .map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key], depth + 1)}`);
    return `{${fields.join(',')}}`;
  }
  const scalar =
    value === null ||
    typeof value === 'string' ||
    typeof value === 'boolean' ||
    (typeof value === 'number' && Number.isFinite(value));
  if (!scalar) throw new InvalidSetting('request');
  return JSON.stringify(value);
}

/** Hex SHA-256 of the canonical JSON of `value`. */
export function digestOf(value: unknown): string {
  return bytesToHex(sha256(utf8ToBytes(canonicalJson(value))));
}
