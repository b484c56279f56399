/**
 * The small values frames are made of.
 *
 * @module
 */
import { z } from 'zod';

/** An opaque, non-empty string. */
export const idSchema = z.string().min(1);

/** A whole number, that says so when it is something else. */
export function integer(): z.ZodInt {
  return z.int({
    error: (issue) => (issue.code === 'invalid_type' ? 'must be integer' : undefined),
  });
}

/** A whole number from zero. */
export const countSchema = integer().min(0);

/** Milliseconds since 1970. */
export const timestampSchema = integer().min(0);

/** Whatever JSON holds. */
export const jsonSchema = z.json();

/** No parameters. */
export const noParamsSchema = z.strictObject({});

/** The canonical name of a session, or the alias `main`. */
export const sessionKeySchema = z.string().min(1).max(512);
