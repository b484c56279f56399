/**
 * Nodes as clients of the protocol see them.
 *
 * @module
 */
import type { Node, NodeRequest, PairedNode } from '@portcullis/protocol';

import type { NodeIntroduction, NodeItem, NodeRequestItem } from '../services.ts';

function introductionOf(said: NodeIntroduction) {
  const { displayName, platform, version, deviceFamily, clientId, clientMode } = said;
  return {
    ...(displayName === undefined ? {} : { displayName }),
    platform,
    version,
    ...(deviceFamily === undefined ? {} : { deviceFamily }),
    clientId,
    clientMode,
  };
}

/** A node. */
export function toNode(item: NodeItem): Node {
  const { nodeId, usable, approved, pending, connectedAt, lastSeenAt } = item;
  return {
    nodeId,
    ...introductionOf(item),
    caps: [...usable.caps],
    commands: [...usable.commands],
    approvalState:
      pending === undefined && approved !== undefined ? 'approved' : 'pending-approval',
    ...(pending === undefined
      ? {}
      : {
          pendingRequestId: pending.requestId,
          pendingDeclaredCaps: [...pending.caps],
          pendingDeclaredCommands: [...pending.commands],
        }),
    ...(connectedAt === undefined ? {} : { connectedAtMs: connectedAt }),
    ...(approved === undefined ? {} : { approvedAtMs: approved.at }),
    lastSeenAtMs: lastSeenAt,
    paired: approved !== undefined,
    connected: connectedAt !== undefined,
  };
}

/** What a node offers and nobody has approved. */
export function toNodeRequest(item: NodeRequestItem): NodeRequest {
  const { requestId, nodeId, caps, commands, requiredScopes, isRepair, at } = item;
  return {
    requestId,
    nodeId,
    ...introductionOf(item),
    caps: [...caps],
    commands: [...commands],
    requiredApproveScopes: [...requiredScopes],
    isRepair,
    ts: at,
  };
}

/** A node with an approval; undefined for one without. */
export function toPairedNode(item: NodeItem): PairedNode | undefined {
  const { nodeId, approved, createdAt, lastSeenAt, connectedAt } = item;
  if (approved === undefined) return undefined;
  return {
    nodeId,
    ...introductionOf(item),
    caps: [...approved.caps],
    commands: [...approved.commands],
    createdAtMs: createdAt,
    approvedAtMs: approved.at,
    approvedBy: approved.by,
    lastSeenAtMs: lastSeenAt,
    connected: connectedAt !== undefined,
  };
}
