/**
 * Looks into what a client library threw.
 *
 * @module
 */

/** A field of an error whose shape nobody promised, its own or its class's; undefined without one. */
export function errorField(error: unknown, key: string): unknown {
  return typeof error === 'object' && error !== null ? Reflect.get(error, key) : undefined;
}
