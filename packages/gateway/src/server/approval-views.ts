/**
 * Questions to approvers as clients of the protocol see them.
 *
 * @module
 */
import type { Approval, ApprovalRequest, EventPayload } from '@portcullis/protocol';

import type { ApprovalItem } from '../services.ts';

type Over = Exclude<Approval, { readonly status: 'pending' }>;

/** What may be answered. */
export const OFFERED: readonly ['allow-once', 'deny'] = ['allow-once', 'deny'];
/** Effect and subject in one line, for clients that know nothing but commands. */
export function commandOf({ effect, subject }: ApprovalItem): string {
  return `${effect} ${subject}`;
}

/** A question as `exec.approval.requested` tells of it. */
export function toRequest(item: ApprovalItem): ApprovalRequest {
  const { id, agentId, sessionKey, reason, tool, act, effect, subject, code, requester } = item;
  return {
    id,
    approvalKind: 'exec',
    request: {
      command: commandOf(item),
      cwd: null,
      agentId,
      sessionKey,
      nodeId: null,
      host: null,
      security: null,
      ask: null,
      warningText: reason,
      resolvedPath: null,
      allowedDecisions: [...OFFERED],
      tool,
      act,
      effect,
      subject,
      code,
      requester,
    },
    createdAtMs: item.createdAt,
    expiresAtMs: item.expiresAt,
  };
}

/** The end of a question as `exec.approval.resolved` tells of it. */
export function toResolved(item: ApprovalItem): EventPayload<'exec.approval.resolved'> {
  return {
    id: item.id,
    decision: item.state === 'allowed' || item.state === 'used' ? 'allow-once' : 'deny',
    resolvedBy: item.resolvedBy ?? null,
    ts: item.resolvedAt ?? item.expiresAt,
    request: toRequest(item).request,
  };
}

/** A question and how it stands. */
export function toApproval(item: ApprovalItem): Approval {
  return item.state === 'pending'
    ? { ...snapshotOf(item), status: 'pending', sourceSessionKey: item.sessionKey }
    : toOver(item);
}

/** A question that is over, and how it ended. */
export function toOver(item: ApprovalItem): Over {
  const { agentId, sessionKey, resolvedBy } = item;
  const common = {
    ...snapshotOf(item),
    resolvedAtMs: item.resolvedAt ?? item.expiresAt,
    source: { agentId, sessionKey },
    ...(resolvedBy === undefined
      ? {}
      : { resolver: { kind: resolverKind(resolvedBy), id: resolvedBy } }),
  };
  switch (item.state) {
    case 'allowed':
    case 'used':
      return {
        ...common,
        status: 'allowed',
        decision: 'allow-once',
        reason: 'user',
        used: item.state === 'used',
      };
    case 'denied':
      return { ...common, status: 'denied', decision: 'deny', reason: 'user' };
    case 'cancelled':
      return { ...common, status: 'cancelled', reason: 'run-aborted' };
    default:
      return { ...common, status: 'expired', reason: 'timeout' };
  }
}

function snapshotOf(
  item: ApprovalItem,
): Pick<Approval, 'id' | 'urlPath' | 'createdAtMs' | 'expiresAtMs' | 'presentation'> {
  const { id, agentId, reason, tool, act, effect, subject, code, requester } = item;
  return {
    id,
    urlPath: `/approve/${encodeURIComponent(id)}`,
    createdAtMs: item.createdAt,
    expiresAtMs: item.expiresAt,
    presentation: {
      kind: 'exec',
      commandText: commandOf(item),
      commandPreview: null,
      warningText: reason,
      host: null,
      nodeId: null,
      agentId,
      allowedDecisions: [...OFFERED],
      tool,
      act,
      effect,
      subject,
      code,
      requester,
    },
  };
}

/** Principals begin with the door they came through. */
function resolverKind(principal: string): 'device' | 'channel' | 'runtime' {
  if (principal.startsWith('device:')) return 'device';
  return principal === 'cli' || principal.startsWith('operator:') ? 'runtime' : 'channel';
}
