/**
 * Methods on servers of tools.
 *
 * @module
 */
import type { ToolServer, ToolServerInspection as Shown } from '@portcullis/protocol';

import type { ToolServerInspection, ToolServerReport } from '../../../services.ts';
import type { Handlers } from '../../plane.ts';

/** Methods on servers of tools. */
export const mcpHandlers: Handlers<'mcp.list' | 'mcp.inspect' | 'mcp.accept'> = {
  'mcp.list': (_params, { services }) => ({
    servers: services.toolServers.list().map(toServer),
  }),
  'mcp.inspect': async ({ id }, { services }) => toShown(await services.toolServers.inspect(id)),
  'mcp.accept': async ({ id, digest }, { services, caller }) =>
    toShown(await services.toolServers.accept(caller, id, digest)),
};

function toServer(report: ToolServerReport): ToolServer {
  return { ...report, offered: [...report.offered] };
}

function toShown({ server, tools, digest }: ToolServerInspection): Shown {
  return { server: toServer(server), tools: tools.map((tool) => ({ ...tool })), digest };
}
