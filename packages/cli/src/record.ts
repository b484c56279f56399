/**
 * JSON of others, before it is known what it says.
 *
 * @module
 */

/** Whether a value is an object with keys: no array, not null. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
