/**
 * Methods on the configuration.
 *
 * @module
 */
import { z } from 'zod';

import { defineMethods } from '../method.ts';
import { countSchema, idSchema, integer, noParamsSchema } from '../scalars.ts';
import {
  configChangedSchema,
  configEntryDetailSchema,
  configEntrySchema,
  configLookupSchema,
  configPreviewSchema,
  configSchemaSchema,
  configViewSchema,
} from './views.ts';

const entryIdSchema = z.string().regex(/^[1-9][0-9]{0,11}$/u);
const replacePathsSchema = z.array(z.string().min(1)).max(256).optional();

/** How every change is asked for. */
const changeShape = {
  /** `hash` of the `config.get` the change was made from. Needed where there is a file. */
  baseHash: idSchema.optional(),
  /** The `confirm` of a preview or of a refusal: yes to exactly what that one opens. */
  confirm: idSchema.optional(),
  /** Why, for the history. */
  why: z.string().max(500).optional(),
};

/** What clients that know more than this gateway send along. */
const applyShape = {
  sessionKey: z.string().optional(),
  deliveryContext: z
    .strictObject({
      channel: z.string().optional(),
      to: z.string().optional(),
      accountId: z.string().optional(),
      threadId: z.union([z.string(), z.number()]).optional(),
    })
    .optional(),
  /** The same as `why`. */
  note: z.string().optional(),
  restartDelayMs: countSchema.optional(),
};

/** Methods on the configuration. */
export const configMethods = defineMethods({
  'config.get': {
    scope: 'operator.read',
    params: noParamsSchema,
    result: configViewSchema,
    summary: 'The configuration of the file and that in force, without secrets.',
  },
  'config.set': {
    scope: 'operator.admin',
    params: z.strictObject({ raw: idSchema, ...changeShape }),
    result: configChangedSchema,
    summary: 'Replaces the file. A marker of a hidden secret keeps the secret.',
  },
  'config.patch': {
    scope: 'operator.admin',
    params: z.strictObject({
      /** A JSON merge patch. */
      raw: idSchema,
      /** Lists that may lose entries. */
      replacePaths: replacePathsSchema,
      ...changeShape,
      ...applyShape,
    }),
    result: configChangedSchema,
    summary: 'Merges a patch into the file; comments and layout stay.',
  },
  'config.apply': {
    scope: 'operator.admin',
    params: z.strictObject({ raw: idSchema, ...changeShape, ...applyShape }),
    result: configChangedSchema,
    summary: 'The same as `config.set`: what can be taken up without a restart counts at once.',
  },
  'config.preview': {
    scope: 'operator.admin',
    params: z.strictObject({
      /** One of these: the whole text, a merge patch, or an entry of the history. */
      raw: idSchema.optional(),
      patch: idSchema.optional(),
      rollback: entryIdSchema.optional(),
      replacePaths: replacePathsSchema,
      baseHash: idSchema.optional(),
    }),
    result: configPreviewSchema,
    summary: 'What a change would do, and nothing else.',
  },
  'config.rollback': {
    scope: 'operator.admin',
    params: z.strictObject({ id: entryIdSchema, ...changeShape }),
    result: configChangedSchema,
    summary:
      'Goes back to the configuration after an entry of the history; secrets stay as they are now.',
  },
  'config.history': {
    scope: 'operator.admin',
    params: z.strictObject({
      limit: integer().min(1).max(500).optional(),
      /** Only entries older than this one. */
      before: entryIdSchema.optional(),
    }),
    result: z.strictObject({ entries: z.array(configEntrySchema) }),
    summary: 'Who changed the configuration when and why, newest first.',
  },
  'config.history.get': {
    scope: 'operator.admin',
    params: z.strictObject({ id: entryIdSchema }),
    result: z.strictObject({ entry: configEntryDetailSchema }),
    summary: 'One change, with the text before and after it, without secrets.',
  },
  'config.schema': {
    scope: 'operator.read',
    params: noParamsSchema,
    result: configSchemaSchema,
    summary: 'A JSON schema of the configuration, and how to show its keys.',
  },
  'config.schema.lookup': {
    scope: 'operator.read',
    params: z.strictObject({
      path: z
        .string()
        .min(1)
        .max(1024)
        .regex(/^[A-Za-z0-9_./[\]\-*]+$/u),
    }),
    result: configLookupSchema,
    summary: 'The schema of one key, and what is below it.',
  },
});
