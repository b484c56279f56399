/**
 * A session as clients see it.
 *
 * @module
 */
import { z } from 'zod';

import { countSchema, idSchema, integer, timestampSchema } from '../scalars.ts';

/** A session as clients list it. */
export const sessionRowSchema = z.strictObject({
  key: idSchema,
  sessionId: idSchema,
  agentId: idSchema,
  kind: z.enum(['direct', 'group', 'global', 'unknown']),
  channel: idSchema.optional(),
  isMain: z.boolean(),
  label: z.string().optional(),
  displayName: z.string().optional(),
  createdAt: timestampSchema,
  updatedAt: timestampSchema,
  status: z.enum(['running', 'done', 'failed', 'killed']),
  hasActiveRun: z.boolean(),
  activeRunIds: z.array(idSchema),
  lastRunId: idSchema.optional(),
  lastMessagePreview: z.string().optional(),
  pinned: z.boolean(),
  pinnedAt: timestampSchema.optional(),
  /** Out of the way; kept whole, and back as soon as something is said in it. */
  archived: z.boolean(),
  archivedAt: timestampSchema.optional(),
  /** Key of the session that spawned it. */
  spawnedBy: idSchema.optional(),
  modelProvider: z.string().optional(),
  model: z.string().optional(),
  inputTokens: countSchema,
  outputTokens: countSchema,
  totalTokens: countSchema,
});

/** A session as clients list it. */
export type SessionRow = z.infer<typeof sessionRowSchema>;

/** The model a session without one of its own would use. */
export const sessionDefaultsSchema = z.strictObject({
  modelProvider: z.string().nullable(),
  model: z.string().nullable(),
  contextTokens: integer().nullable(),
});

/** What a change to a session leaves behind. */
export const resolvedModelSchema = z.strictObject({
  modelProvider: z.string().nullable(),
  model: z.string().nullable(),
});

/** A session after it was made or changed. */
export const entrySchema = z.strictObject({
  sessionId: idSchema,
  updatedAt: timestampSchema,
  label: z.string().optional(),
  pinnedAt: timestampSchema.optional(),
  archivedAt: timestampSchema.optional(),
});
