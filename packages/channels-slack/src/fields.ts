/**
 * Reads what Slack delivers without trusting its shape.
 *
 * @module
 */

/** A field of something that may be an object. */
export function field(of: unknown, name: string): unknown {
  return typeof of === 'object' && of !== null && Object.hasOwn(of, name)
    ? Reflect.get(of, name)
    : undefined;
}

/** A text that is not empty, or undefined. */
export function textField(of: unknown, name: string): string | undefined {
  const value = field(of, name);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A list, or an empty one. */
export function listField(of: unknown, name: string): readonly unknown[] {
  const value = field(of, name);
  return Array.isArray(value) ? value : [];
}

/** The time in a time stamp of Slack (`1700000000.000100`), milliseconds since 1970. */
export function timeOf(ts: unknown, otherwise: number): number {
  const seconds =
    typeof ts === 'string' && /^\d{1,12}\.\d{1,9}$/u.test(ts) ? Number(ts) : Number.NaN;
  return Number.isFinite(seconds) ? Math.floor(seconds * 1000) : otherwise;
}
