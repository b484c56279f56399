/** Nodes in memory: what connects is listed and answers nothing. */
import { PortcullisError } from '@portcullis/core';

import type { NodeItem, NodeLink, Services } from '../../src/services.ts';

function unknown(what: string): PortcullisError {
  return new PortcullisError('request.invalid', `unknown ${what}`, {
    details: { wireCode: 'INVALID_REQUEST' },
  });
}

/** A node service that knows who is there and nothing else. */
export function fakeNodes(): Services['nodes'] {
  const present = new Map<string, { readonly link: NodeLink; readonly item: NodeItem }>();
  return {
    list: async () => [...present.values()].map(({ item }) => item),
    pending: async () => [],
    approve: () => Promise.reject(unknown('requestId')),
    reject: () => Promise.reject(unknown('requestId')),
    remove: async (_caller, nodeId) => {
      if (!present.delete(nodeId)) throw unknown('nodeId');
    },
    rename: () => Promise.reject(unknown('nodeId')),
    invoke: () => Promise.reject(unknown('nodeId')),
    attach: async (link, introduction) => {
      const usable = { caps: [], commands: [] };
      const { nodeId } = link;
      const item = { ...introduction, nodeId, usable, createdAt: 1, lastSeenAt: 1, connectedAt: 1 };
      present.set(nodeId, { link, item });
    },
    detach: ({ nodeId }) => void present.delete(nodeId),
    reply: () => false,
    progress: () => false,
    abortOf: () => undefined,
    seen: async () => undefined,
  };
}
