/**
 * Models.
 *
 * @module
 */
import { z } from 'zod';

import { defineMethods } from './method.ts';
import { idSchema, integer } from './scalars.ts';

/** A model that is configured. */
export const modelRowSchema = z.strictObject({
  id: idSchema,
  name: idSchema,
  provider: idSchema,
  contextWindow: integer().min(1).optional(),
  available: z.boolean(),
  tags: z.array(idSchema).optional(),
});

/** A model that is configured. */
export type ModelRow = z.infer<typeof modelRowSchema>;

/** Methods on models. */
export const modelMethods = defineMethods({
  'models.list': {
    scope: 'operator.read',
    params: z.strictObject({
      agentId: idSchema.optional(),
      sessionKey: idSchema.optional(),
      /** Only those of this provider. */
      provider: idSchema.optional(),
      includeProviderCapabilities: z.boolean().optional(),
      includeDetails: z.boolean().optional(),
      preparedOnly: z.boolean().optional(),
      refresh: z.boolean().optional(),
      view: z.enum(['default', 'configured', 'provider-config', 'all']).optional(),
    }),
    result: z.strictObject({ models: z.array(modelRowSchema) }),
    summary: 'The models of the configuration; the one in use is tagged `default`.',
  },
});
