/**
 * The tools of MCP servers. Which servers there are, what is started for them and where they are
 * reached is the gateway's business: this package speaks the protocol over the link it is handed, and
 * loads the protocol's library only when there is somebody to speak to.
 *
 * @module
 */
import type { Plugin } from '@portcullis/core';

/** Offers the tools of the servers below `mcp.servers`. */
const plugin: Plugin = {
  id: 'mcp',
  register(registry) {
    registry.toolSource({
      id: 'mcp',
      path: 'mcp.servers',
      open: async (server) => {
        const { openSession } = await import('./session.ts');
        return await openSession(server);
      },
    });
  },
};

export default plugin;
