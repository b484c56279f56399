/**
 * The hash-chained audit log.
 *
 * @module
 */
import { z } from 'zod';

import { defineMethods } from '../method.ts';
import { countSchema, idSchema, integer, timestampSchema } from '../scalars.ts';

/** One line of the audit log. */
export const auditLineSchema = z.strictObject({
  seq: integer().min(1),
  at: timestampSchema,
  kind: idSchema,
  entry: z.record(z.string(), z.json().optional()),
  mac: idSchema,
});

/** Methods on the audit log. */
export const auditMethods = defineMethods({
  'audit.log': {
    scope: 'operator.read',
    params: z.strictObject({
      after: countSchema.optional(),
      limit: integer().min(1).max(1000).optional(),
      /** The newest lines instead of those after `after`. */
      last: z.boolean().optional(),
    }),
    result: z.strictObject({ lines: z.array(auditLineSchema) }),
    summary: 'Decisions and effects: facts and codes, never message text. Oldest first.',
  },
  'audit.verify': {
    scope: 'operator.read',
    params: z.strictObject({ expectHead: z.string().max(256).optional() }),
    result: z.strictObject({
      ok: z.boolean(),
      lines: countSchema,
      head: z.string(),
      fault: z.strictObject({ seq: countSchema, reason: z.string() }).optional(),
    }),
    summary: 'Recomputes the whole chain, optionally against a head exported earlier.',
  },
});
