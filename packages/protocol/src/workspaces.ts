/**
 * What lies in the agents' workspaces, and who vouches for it.
 *
 * @module
 */
import { z } from 'zod';

import { defineMethods } from './method.ts';
import { countSchema, idSchema, noParamsSchema } from './scalars.ts';

/** The workspace of one agent. */
export const workspaceSchema = z.strictObject({
  agentId: idSchema,
  path: z.string(),
  entries: countSchema,
  /** Files and folders that nobody vouches for. */
  unknown: countSchema.optional(),
  /** There are more than is looked at. */
  tooMany: z.boolean().optional(),
  /** How many were adopted by this call. */
  adopted: countSchema.optional(),
});

/** Methods on workspaces. */
export const workspaceMethods = defineMethods({
  'workspace.list': {
    scope: 'operator.admin',
    params: noParamsSchema,
    result: z.strictObject({ workspaces: z.array(workspaceSchema) }),
    summary: 'Workspaces of the agents, with how much in them nobody vouches for.',
  },
  'workspace.adopt': {
    scope: 'operator.admin',
    params: z.strictObject({ agentId: idSchema.max(64) }),
    result: z.strictObject({ workspace: workspaceSchema }),
    summary: 'Vouches, as the owner, for what lies in a workspace and has no label.',
  },
});
