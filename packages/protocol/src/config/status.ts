/**
 * How the config in force stands to its file, and edits of the file that wait for a yes.
 *
 * @module
 */
import { z } from 'zod';

import { defineMethods } from '../method.ts';
import { countSchema, idSchema, noParamsSchema, timestampSchema } from '../scalars.ts';

const exposureSchema = z.strictObject({
  /** The setting that does it, or settings that do it together. */
  key: z.string(),
  /** What it does, in words. */
  what: z.string(),
});

const failureSchema = z.strictObject({
  /** The section or key that stayed as it was. */
  path: idSchema,
  code: idSchema,
  message: z.string(),
});

const editSchema = z.discriminatedUnion('state', [
  z.strictObject({
    /** The file is no valid config; the last good one is in force. */
    state: z.literal('invalid'),
    since: timestampSchema,
    issues: z.array(z.strictObject({ path: z.string(), message: z.string() })),
  }),
  z.strictObject({
    /** The file opens something, and is in force once somebody accepts it. */
    state: z.literal('waiting'),
    since: timestampSchema,
    /** Names exactly this edit: an acceptance is bound to it. */
    hash: idSchema,
    opens: z.array(exposureSchema),
    closes: z.array(exposureSchema),
  }),
]);

/** How the config in force stands to its file. */
export const configStatusSchema = z.strictObject({
  /** `off`: nothing is taken up before the next start. */
  mode: z.enum(['hybrid', 'off']),
  /** When a config was last put in force. */
  at: timestampSchema,
  /** Keys whose old value is in force until the next start. */
  restartNeeded: z.array(z.string()),
  /** What could not be taken up. */
  failed: z.array(failureSchema),
  /** An edit of the file that does not count. */
  edit: editSchema.optional(),
});

/** How the config in force stands to its file. */
export type ConfigStatus = z.infer<typeof configStatusSchema>;

const editHash = z.strictObject({ hash: idSchema.max(200) });

/** Methods on edits of the config file. */
export const configStatusMethods = defineMethods({
  'config.status': {
    scope: 'operator.read',
    params: noParamsSchema,
    result: configStatusSchema,
    summary: 'How the config in force stands to its file: what waits, what needs a restart.',
  },
  'config.accept': {
    scope: 'operator.admin',
    params: editHash,
    result: z.strictObject({
      applied: z.array(z.string()),
      restartNeeded: z.array(z.string()),
      failed: z.array(failureSchema),
    }),
    summary: 'Puts the waiting edit of the config file in force, if it is still the one named.',
  },
  'secrets.reload': {
    scope: 'operator.admin',
    params: z.looseObject({}),
    result: z.strictObject({
      ok: z.literal(true),
      /** How many could not be had. */
      warningCount: countSchema,
      failed: z.array(failureSchema),
    }),
    summary:
      'Looks every secret up anew; what was let in or connected by an old one is not any more.',
  },
  'config.reject': {
    scope: 'operator.admin',
    params: editHash,
    result: z.strictObject({}),
    summary: 'Puts the config file back to what is in force, if its edit is still the one named.',
  },
});
