/**
 * Methods on nodes, for operators.
 *
 * @module
 */
import { toNode, toNodeRequest, toPairedNode } from '../../node-views.ts';
import type { Handlers, MethodContext } from '../../plane.ts';
import { invalidRequest } from '../../refusal.ts';
import type { NodeItem } from '../../../services.ts';
import { isApproved } from '../../devices/record.ts';
import { deviceHandlers } from '../devices/pairing.ts';
import { deviceTokenHandlers } from '../devices/tokens.ts';

/** Whether the device of a node is still paired: without it there is no node. */
function isPaired(nodeId: string, { plane }: MethodContext): boolean {
  const record = plane.devices.find(nodeId);
  return isApproved(record, 'node');
}

/** Takes the device of a node back; one that is let in as something else too keeps that. */
async function removeDevice(deviceId: string, context: MethodContext): Promise<void> {
  const { tokens } = context.plane.devices.require(deviceId);
  const hasOther = tokens.some(
    ({ role, revokedAtMs }) => role !== 'node' && revokedAtMs === undefined,
  );
  if (hasOther) {
    await deviceTokenHandlers['device.token.revoke']({ deviceId, role: 'node' }, context);
  } else {
    await deviceHandlers['device.pair.remove']({ deviceId }, context);
  }
}

async function nodesOf(context: MethodContext): Promise<readonly NodeItem[]> {
  const items = await context.services.nodes.list();
  return items.filter(({ nodeId }) => isPaired(nodeId, context));
}

async function requireNode(nodeId: string, context: MethodContext): Promise<NodeItem> {
  const found = (await nodesOf(context)).find((item) => item.nodeId === nodeId);
  if (found === undefined) throw invalidRequest('unknown nodeId');
  return found;
}

/** Methods on nodes. */
export const nodeHandlers: Handlers<
  | 'node.list'
  | 'node.describe'
  | 'node.invoke'
  | 'node.pair.list'
  | 'node.pair.approve'
  | 'node.pair.reject'
  | 'node.pair.remove'
  | 'node.rename'
> = {
  'node.list': async (_params, context) => ({
    ts: Date.now(),
    nodes: (await nodesOf(context)).map(toNode),
  }),
  'node.describe': async ({ nodeId }, context) => ({
    ts: Date.now(),
    ...toNode(await requireNode(nodeId, context)),
  }),
  'node.invoke': async (ask, context) => {
    const { nodeId, command, params, timeoutMs, idempotencyKey, sessionKey } = ask;
    await requireNode(nodeId, context);
    const answer = await context.services.nodes.invoke(context.caller, {
      nodeId,
      command,
      ...(params === undefined ? {} : { params }),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      idempotencyKey,
      ...(sessionKey === undefined ? {} : { sessionKey }),
    });
    return { ok: true, nodeId, command, ...answer };
  },
  'node.pair.list': async (_params, context) => {
    const items = await nodesOf(context);
    const pending = await context.services.nodes.pending();
    return {
      pending: pending.filter(({ nodeId }) => isPaired(nodeId, context)).map(toNodeRequest),
      paired: items.flatMap((item) => toPairedNode(item) ?? []),
    };
  },
  'node.pair.approve': async ({ requestId }, context) => {
    const { services, caller } = context;
    const item = await services.nodes.approve(caller, requestId);
    const node = toPairedNode(item);
    if (node === undefined) throw invalidRequest('unknown requestId');
    return { requestId, node };
  },
  'node.pair.reject': async ({ requestId }, { services, caller }) => {
    const { nodeId } = await services.nodes.reject(caller, requestId);
    return { requestId, nodeId };
  },
  'node.pair.remove': async ({ nodeId }, context) => {
    const { services, caller } = context;
    const known = (await services.nodes.list()).some((item) => item.nodeId === nodeId);
    if (!known && !isPaired(nodeId, context)) throw invalidRequest('unknown nodeId');
    // The device first: it is what lets the node in, and takes more authority to take back.
    if (isPaired(nodeId, context)) await removeDevice(nodeId, context);
    if (known) await services.nodes.remove(caller, nodeId);
    return { nodeId };
  },
  'node.rename': async ({ nodeId, displayName }, context) => {
    await requireNode(nodeId, context);
    await context.services.nodes.rename(context.caller, nodeId, displayName);
    return { nodeId, displayName };
  },
};
