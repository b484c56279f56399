/**
 * The host's own document about commands, `exec-approvals.json`.
 *
 * @module
 */
import { z } from 'zod';

import { defineMethods } from '../method.ts';
import { idSchema } from '../scalars.ts';

const securitySchema = z.enum(['deny', 'allowlist', 'full']);
const askSchema = z.enum(['off', 'on-miss', 'always']);

const viewSchema = z.strictObject({
  path: idSchema,
  exists: z.boolean(),
  /** Of its text. Hand it back with `set`. */
  hash: idSchema,
  /** False for a document that cannot be trusted: it closes everything until it is replaced. */
  valid: z.boolean(),
  /** Version, defaults and agents with their allow lists. Other parts are kept and never shown. */
  file: z.looseObject({ version: z.literal(1) }),
  /** What holds for an agent without settings of its own, configuration and document together. */
  resolvedDefaults: z.strictObject({
    security: securitySchema,
    ask: askSchema,
    askFallback: securitySchema,
    autoAllowSkills: z.literal(false),
  }),
});

/** Methods on the document. */
export const execApprovalsMethods = defineMethods({
  'exec.approvals.get': {
    scope: 'operator.admin',
    params: z.strictObject({}),
    result: viewSchema,
    summary: 'The document that tightens commands on this machine and holds the allow lists.',
  },
  'exec.approvals.set': {
    scope: 'operator.admin',
    params: z.strictObject({
      file: z.looseObject({}),
      /** Needed where there is a document already. */
      baseHash: idSchema.max(128).optional(),
    }),
    result: viewSchema,
    summary: 'Replaces the document. One that does not fit is refused, and nothing is written.',
  },
});
