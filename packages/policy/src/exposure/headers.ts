/**
 * Request headers as facts: names in any case, values as Node or fetch hand them over.
 *
 * @module
 */
import { InvalidSetting, isObject } from '../setting.ts';

/** Header names in any case, to one value or several. */
export type Headers = Readonly<Record<string, string | readonly string[]>>;

/** Headers by which a proxy speaks about a client. */
const FORWARDED: ReadonlySet<string> = new Set([
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-real-ip',
  'forwarded',
]);

/** All values of the header `name`, in order; two spellings of one name are one header. */
export function headerValues(headers: unknown, name: string): readonly string[] {
  if (headers === undefined) return [];
  if (!isObject(headers)) throw new InvalidSetting('headers');
  return Object.entries(headers).flatMap(([key, value]) => {
    if (key.toLowerCase() !== name.toLowerCase()) return [];
    const values: readonly unknown[] = Array.isArray(value) ? value : [value];
    return values.map((each) => (typeof each === 'string' ? each : ''));
  });
}

/** The one value of a header that may occur once; undefined when absent, empty or repeated. */
export function soleHeader(headers: unknown, name: string): string | undefined {
  const [value, ...more] = headerValues(headers, name);
  const text = value?.trim();
  return text === '' || more.length > 0 ? undefined : text;
}

/** True when any header claims that a proxy forwarded this request. */
export function hasForwarded(headers: unknown): boolean {
  if (headers === undefined) return false;
  if (!isObject(headers)) throw new InvalidSetting('headers');
  return Object.keys(headers).some((key) => FORWARDED.has(key.toLowerCase()));
}
