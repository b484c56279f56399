/**
 * Tools: which there are, which a caller has, and one call of one of them.
 *
 * @module
 */
import { z } from 'zod';

import { invokeParams } from '../http/invoke.ts';
import { defineMethods } from '../method.ts';
import { idSchema, sessionKeySchema } from '../scalars.ts';

const agentId = idSchema.max(64);
const profileId = z.enum(['minimal', 'coding', 'messaging', 'full']);
const catalogSource = z.enum(['core', 'plugin']);
const effectiveSource = z.enum(['core', 'plugin', 'mcp']);

const catalogGroupSchema = z.strictObject({
  id: idSchema,
  label: idSchema,
  source: catalogSource,
  tools: z.array(
    z.strictObject({
      id: idSchema,
      label: idSchema,
      description: z.string(),
      source: catalogSource,
      defaultProfiles: z.array(profileId),
    }),
  ),
});

const effectiveGroupSchema = z.strictObject({
  id: effectiveSource,
  label: idSchema,
  source: effectiveSource,
  tools: z.array(
    z.strictObject({
      id: idSchema,
      label: idSchema,
      description: z.string(),
      rawDescription: z.string(),
      source: effectiveSource,
    }),
  ),
});

const outputSchema = z.strictObject({
  content: z.array(z.strictObject({ type: z.literal('text'), text: z.string() })),
  details: z.strictObject({ runId: idSchema }),
});

const { name, args, sessionKey, agentId: invokeAgentId, idempotencyKey } = invokeParams;

/** Methods on tools. */
export const toolMethods = defineMethods({
  'tools.catalog': {
    scope: 'operator.read',
    params: z.strictObject({ agentId: agentId.optional(), includePlugins: z.boolean().optional() }),
    result: z.strictObject({
      agentId,
      profiles: z.array(z.strictObject({ id: profileId, label: idSchema })),
      groups: z.array(catalogGroupSchema),
    }),
    summary: 'Every tool there is, by group, and the profiles that have it.',
  },
  'tools.effective': {
    scope: 'operator.read',
    params: z.strictObject({ sessionKey: sessionKeySchema, agentId: agentId.optional() }),
    result: z.strictObject({
      agentId,
      profile: idSchema,
      groups: z.array(effectiveGroupSchema),
    }),
    summary: 'The tools that the caller has in a session.',
  },
  'tools.invoke': {
    scope: 'operator.write',
    params: z.strictObject({
      name: name.unwrap(),
      args,
      sessionKey,
      agentId: invokeAgentId,
      idempotencyKey,
    }),
    result: z.strictObject({
      ok: z.boolean(),
      toolName: idSchema,
      output: outputSchema.optional(),
      /** It would need an approval: ask the agent for it, whose turn can wait for one. */
      requiresApproval: z.boolean().optional(),
      error: z.strictObject({ code: idSchema, message: idSchema }).optional(),
    }),
    summary:
      'Calls one tool as the caller, by the same decisions as a call of the agent. Nobody is asked: what needs an approval is refused.',
  },
});
