/**
 * Tool servers in memory: one that was never accepted, with one tool.
 */
import { PortcullisError } from '@portcullis/core';

import type { ToolServerInspection, ToolServerService } from '../../src/services.ts';

const DIGEST = 'd'.repeat(64);

/** The service of every fake gateway. */
export function fakeToolServers(): ToolServerService {
  let acceptedBy: string | undefined;
  const inspection = (): ToolServerInspection => ({
    server: {
      id: 'notes',
      principal: 'mcp:notes',
      kind: 'program',
      state: 'connected',
      offered: acceptedBy === undefined ? [] : ['notes__find'],
      differs: acceptedBy === undefined,
      ...(acceptedBy === undefined ? {} : { acceptedAt: 1000, acceptedBy }),
    },
    tools: [
      {
        name: 'find',
        standing: acceptedBy === undefined ? 'new' : 'accepted',
        offeredAs: 'notes__find',
        effect: 'unmapped',
        now: { description: 'Finds.', inputSchema: '{"type":"object"}' },
      },
    ],
    digest: DIGEST,
  });
  const find = (id: string): ToolServerInspection => {
    if (id === 'notes') return inspection();
    throw new PortcullisError('server.unknown', 'No tool server of this name is configured.');
  };
  return {
    list: () => [inspection().server],
    inspect: async (id) => find(id),
    accept: async (caller, id, digest) => {
      if (find(id).digest !== digest) {
        throw new PortcullisError('server.list_changed', 'The server no longer lists it.');
      }
      acceptedBy = caller.id;
      return inspection();
    },
  };
}
