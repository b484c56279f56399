/**
 * Methods on workspaces.
 *
 * @module
 */
import type { Handlers } from '../../plane.ts';

/** Methods on workspaces. */
export const workspaceHandlers: Handlers<'workspace.list' | 'workspace.adopt'> = {
  'workspace.list': async (_params, { services }) => ({
    workspaces: [...(await services.workspaces.list())],
  }),
  'workspace.adopt': async ({ agentId }, { services, caller }) => ({
    workspace: await services.workspaces.adopt(caller, agentId),
  }),
};
