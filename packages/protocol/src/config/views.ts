/**
 * The configuration as clients see it: never with a secret.
 *
 * @module
 */
import { z } from 'zod';

import { countSchema, idSchema, jsonSchema, timestampSchema } from '../scalars.ts';

const issueSchema = z.strictObject({ path: z.string(), message: z.string() });

/** Result of `config.get`: every secret is replaced by `__OPENCLAW_REDACTED__`. */
export const configViewSchema = z.strictObject({
  path: idSchema,
  exists: z.boolean(),
  /** The text of the file; empty when there is none, or when it is no config at all. */
  raw: z.string(),
  parsed: jsonSchema,
  sourceConfig: jsonSchema,
  resolved: jsonSchema,
  /** What is in force: another one while an edit of the file waits. */
  runtimeConfig: jsonSchema,
  config: jsonSchema,
  valid: z.boolean(),
  /** Of the file. Opaque; send it back as `baseHash`. */
  hash: idSchema,
  /** Of the config that was last said yes to. */
  appliedConfigHash: idSchema,
  issues: z.array(issueSchema),
  warnings: z.array(issueSchema),
  legacyIssues: z.array(issueSchema),
});

/** Something that opens or closes: which key does it, and what it does. */
export const exposureSchema = z.strictObject({ key: z.string(), what: z.string() });

const failureSchema = z.strictObject({ path: z.string(), code: idSchema, message: z.string() });

/** What a change does. */
const effectShape = {
  path: idSchema,
  /** Of the file afterwards. */
  hash: idSchema,
  /** The config afterwards. */
  config: jsonSchema,
  changedPaths: z.array(z.string()),
  opens: z.array(exposureSchema),
  closes: z.array(exposureSchema),
  /** False when the file stays as it is. */
  changes: z.boolean(),
  /** Secrets the earlier config of a rollback had that are not there any more; they are left out. */
  lost: z.array(z.string()),
  warnings: z.array(issueSchema),
};

/** Result of `config.preview`. */
export const configPreviewSchema = z.strictObject({
  ...effectShape,
  baseHash: idSchema,
  /** The text of the file afterwards. */
  raw: z.string(),
  /** Stands for exactly this change; send it back to say yes to what opens. */
  confirm: idSchema,
});

/** Result of a change. */
export const configChangedSchema = z.strictObject({
  ok: z.literal(true),
  ...effectShape,
  /** Keys that count from now on. */
  applied: z.array(z.string()),
  /** Keys that count after the next start. */
  restartNeeded: z.array(z.string()),
  /** Sections that could not be taken up; what they had stays. */
  failed: z.array(failureSchema),
  /** Its entry of the history; absent when nothing changed. */
  entry: idSchema.optional(),
});

const entryShape = {
  id: idSchema,
  at: timestampSchema,
  state: z.enum(['writing', 'applied', 'waiting', 'failed', 'dropped']),
  who: idSchema,
  how: z.enum(['set', 'patch', 'edit', 'rollback', 'file']),
  why: z.string().optional(),
  before: idSchema,
  after: idSchema,
  changed: z.array(z.string()),
  opens: z.array(exposureSchema),
  closes: z.array(exposureSchema),
  restored: idSchema.optional(),
  cause: z.string().optional(),
  settledAt: timestampSchema.optional(),
  settledBy: idSchema.optional(),
};

/** An entry of the history. */
export const configEntrySchema = z.strictObject(entryShape);

/** An entry with its documents, where they are still kept. */
export const configEntryDetailSchema = z.strictObject({
  ...entryShape,
  beforeText: z.string().optional(),
  afterText: z.string().optional(),
});

const hintSchema = z.strictObject({
  label: z.string().optional(),
  help: z.string().optional(),
  group: z.string().optional(),
  order: countSchema.optional(),
  advanced: z.boolean().optional(),
  sensitive: z.boolean().optional(),
  placeholder: z.string().optional(),
});

/** Result of `config.schema`. */
export const configSchemaSchema = z.strictObject({
  /** A JSON schema. */
  schema: jsonSchema,
  /** By path, `*` for any name and `[]` for an element. */
  uiHints: z.record(z.string(), hintSchema),
  version: idSchema,
  generatedAt: idSchema,
});

const reloadKindSchema = z.enum(['restart', 'hot', 'none']);

/** Result of `config.schema.lookup`. */
export const configLookupSchema = z.strictObject({
  path: idSchema,
  schema: jsonSchema,
  reloadKind: reloadKindSchema.optional(),
  hint: hintSchema.optional(),
  hintPath: z.string().optional(),
  children: z.array(
    z.strictObject({
      key: idSchema,
      path: idSchema,
      type: z.string().optional(),
      required: z.boolean(),
      hasChildren: z.boolean(),
      reloadKind: reloadKindSchema.optional(),
      hint: hintSchema.optional(),
      hintPath: z.string().optional(),
    }),
  ),
});
