/**
 * Fixes of what `openclaw security audit` found, and the way back.
 *
 * @module
 */
import { z } from 'zod';

import { exposureSchema } from '../config/views.ts';
import { defineMethods } from '../method.ts';
import { idSchema, integer, jsonSchema, timestampSchema } from '../scalars.ts';

const fixIdSchema = z.string().regex(/^[1-9][0-9]{0,11}$/u);
const modeSchema = integer().min(0).max(0o7777);
const pathSchema = z.string().min(1).max(4096);
const MOST_PATHS = 10_000;

const keyChangeSchema = z.strictObject({
  path: z.string(),
  /** As written in the file before; absent where nothing was. */
  from: jsonSchema.optional(),
  /** Absent where it is removed. */
  to: jsonSchema.optional(),
});

const modeChangeSchema = z.strictObject({ path: z.string(), from: modeSchema, to: modeSchema });

/** Something critical that an audit found. */
export const criticalSchema = z.strictObject({
  checkId: idSchema,
  title: z.string(),
  /** The key or the file. */
  path: z.string().optional(),
});

const outcomeSchema = z.strictObject({
  /** Its entry; absent where there was nothing to do. */
  id: fixIdSchema.optional(),
  /** The entry of the config's history. */
  entry: idSchema.optional(),
  configWritten: z.boolean(),
  changes: z.array(z.string()),
  actions: z.array(
    z.strictObject({
      kind: z.literal('chmod'),
      path: z.string(),
      mode: modeSchema,
      ok: z.boolean(),
      skipped: z
        .enum([
          'already',
          'missing',
          'symlink',
          'not-a-file',
          'not-a-directory',
          'not-ours',
          'unreadable',
        ])
        .optional(),
    }),
  ),
  /** What could not be done, a sentence each. */
  errors: z.array(z.string()),
});

const fixSchema = z.strictObject({
  id: fixIdSchema,
  kind: z.enum(['fix', 'undo']),
  at: timestampSchema,
  who: z.string(),
  /** `interrupted`: the process ended while it was made. */
  state: z.enum(['making', 'made', 'failed', 'interrupted', 'undone']),
  /** For an undo: the fix. */
  of: fixIdSchema.optional(),
  /** For a fix that was undone: the undo. */
  undoneBy: fixIdSchema.optional(),
  keys: z.array(keyChangeSchema),
  modes: z.array(modeChangeSchema),
  entry: idSchema.optional(),
  errors: z.array(z.string()),
});

/** Methods on fixes. */
export const securityMethods = defineMethods({
  'security.fix': {
    scope: 'operator.admin',
    params: z.strictObject({
      /** The lines of the config's changes that were shown. */
      changes: z.array(z.string().max(4096)).max(MOST_PATHS),
      /** The modes that were shown. */
      modes: z.array(z.strictObject({ path: pathSchema, mode: modeSchema })).max(MOST_PATHS),
    }),
    result: outcomeSchema,
    summary:
      'Closes what `openclaw security audit --fix` closes, as far as it was shown. Every change is on record first.',
  },
  'security.fixes': {
    scope: 'operator.admin',
    params: z.strictObject({ limit: integer().min(1).max(50).optional() }),
    result: z.strictObject({ fixes: z.array(fixSchema) }),
    summary: 'What was fixed and undone, newest first.',
  },
  'security.undo.preview': {
    scope: 'operator.admin',
    params: z.strictObject({ id: fixIdSchema.optional() }),
    result: z.strictObject({
      id: fixIdSchema,
      keys: z.array(keyChangeSchema),
      modes: z.array(modeChangeSchema),
      /** Paths that are not there any more. */
      gone: z.array(z.string()),
      opens: z.array(exposureSchema),
      closes: z.array(exposureSchema),
      confirm: idSchema,
    }),
    summary: 'What undoing a fix would put back; the newest one, if none is named.',
  },
  'security.undo': {
    scope: 'operator.admin',
    params: z.strictObject({ id: fixIdSchema, confirm: idSchema }),
    result: outcomeSchema,
    summary:
      'Puts back what a fix changed. Refused when any of it was changed since, or was not confirmed.',
  },
});
