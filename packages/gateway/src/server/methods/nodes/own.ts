/**
 * Methods that only nodes call, each about nothing but its own connection.
 *
 * @module
 */
import type { NodeLink } from '../../../services.ts';
import type { Handlers, MethodContext } from '../../plane.ts';
import { invalidRequest } from '../../refusal.ts';

const ALIVE = 'node.presence.alive';

function linkOf({ link }: MethodContext): NodeLink {
  if (link === undefined) throw invalidRequest('unauthorized role: operator');
  return link;
}

/** Methods of nodes. */
export const ownNodeHandlers: Handlers<
  | 'node.invoke.result'
  | 'node.invoke.progress'
  | 'node.event'
  | 'node.pending.drain'
  | 'node.pending.pull'
  | 'node.pending.ack'
  | 'skills.bins'
> = {
  'node.invoke.result': (params, context) => {
    const { id, nodeId, ok, payload, payloadJSON, error } = params;
    const { code, message } = error ?? {};
    const taken = context.services.nodes.reply(linkOf(context), {
      id,
      nodeId,
      ok,
      ...(payload === undefined ? {} : { payload }),
      ...(payloadJSON === undefined ? {} : { payloadJSON }),
      error: {
        ...(code === undefined ? {} : { code }),
        ...(message === undefined ? {} : { message }),
      },
    });
    return taken ? { ok: true } : { ok: true, ignored: true };
  },
  'node.invoke.progress': ({ invokeId, nodeId }, context) => {
    const link = linkOf(context);
    const taken = nodeId === link.nodeId && context.services.nodes.progress(link, invokeId);
    return taken ? { ok: true } : { ok: true, ignored: true };
  },
  'node.event': async ({ event }, context) => {
    const link = linkOf(context);
    if (event !== ALIVE) return { ok: true, event, handled: false, reason: 'unsupported' };
    await context.services.nodes.seen(link);
    return { ok: true, event, handled: true };
  },
  'node.pending.drain': (_params, context) => ({
    nodeId: linkOf(context).nodeId,
    revision: 0,
    items: [],
    hasMore: false,
  }),
  'node.pending.pull': (_params, context) => ({ nodeId: linkOf(context).nodeId, actions: [] }),
  'node.pending.ack': (_params, context) => ({
    nodeId: linkOf(context).nodeId,
    ackedIds: [],
    remainingCount: 0,
  }),
  'skills.bins': () => ({ bins: [] }),
};
