/**
 * Questions to approvers as clients of the protocol see them.
 *
 * @module
 */
import type { Approval, ApprovalRequest, EventPayload, MethodResult } from '@portcullis/protocol';

import type { ApprovalItem, GrantItem } from '../services.ts';

type Over = Exclude<Approval, { readonly status: 'pending' }>;

type Grant = MethodResult<'exec.approval.grants.list'>['grants'][number];

/** Effect and subject in one line, for clients that know nothing but commands. */
export function commandOf({ effect, subject }: Pick<ApprovalItem, 'effect' | 'subject'>): string {
  return `${effect} ${subject}`;
}

/** A question as `exec.approval.requested` tells of it. */
export function toRequest(item: ApprovalItem): ApprovalRequest {
  const { id, agentId, sessionKey, reason } = item;
  return {
    id,
    approvalKind: 'exec',
    request: {
      command: commandOf(item),
      cwd: item.cwd ?? null,
      agentId,
      sessionKey,
      nodeId: item.nodeId ?? null,
      host: item.host ?? null,
      security: null,
      ask: null,
      warningText: reason,
      resolvedPath: null,
      allowedDecisions: [...item.offered],
      ...effectOf(item),
    },
    createdAtMs: item.createdAt,
    expiresAtMs: item.expiresAt,
  };
}

/** The end of a question as `exec.approval.resolved` tells of it. */
export function toResolved(item: ApprovalItem): EventPayload<'exec.approval.resolved'> {
  return {
    id: item.id,
    decision: item.state === 'allowed' || item.state === 'used' ? yesOf(item) : 'deny',
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
        decision: yesOf(item),
        reason: 'user',
      };
    case 'denied':
      return { ...common, status: 'denied', decision: 'deny', reason: 'user' };
    case 'cancelled':
      return { ...common, status: 'cancelled', reason: 'run-aborted' };
    case 'voided':
      return { ...common, status: 'cancelled', reason: 'changed' };
    default:
      if (item.unheard === true) {
        return { ...common, status: 'denied', decision: 'deny', reason: 'no-route' };
      }
      return { ...common, status: 'expired', reason: 'timeout' };
  }
}

function snapshotOf(
  item: ApprovalItem,
): Pick<Approval, 'id' | 'urlPath' | 'createdAtMs' | 'expiresAtMs' | 'presentation'> {
  const { id, agentId, reason } = item;
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
      host: item.host ?? null,
      nodeId: item.nodeId ?? null,
      agentId,
      allowedDecisions: [...item.offered],
    },
  };
}

/** What is bound to the answer, for those who ask for it. */
export function toDetails(
  item: ApprovalItem,
): NonNullable<MethodResult<'approval.get'>['details']> {
  return { ...effectOf(item), used: item.state === 'used' };
}

/** What would happen, beside the text of it that every client shows. */
function effectOf({ tool, act, effect, subject, code, digest, story, requester }: ApprovalItem) {
  return { tool, act, effect, subject, code, digest, story: story ?? null, requester };
}

function yesOf({ answer }: ApprovalItem): 'allow-once' | 'allow-always' {
  return answer === 'allow-always' ? 'allow-always' : 'allow-once';
}

/** What is allowed for good as `exec.approval.grants.list` tells of it. */
export function toGrant(item: GrantItem): Grant {
  return {
    grantId: item.id,
    mintedByApprovalId: item.approval,
    agentId: item.agentId,
    cronJobId: 'none',
    cronJobName: null,
    command: commandOf(item).slice(0, 512).toWellFormed(),
    cwd: null,
    createdAtMs: item.createdAt,
    expiresAtMs: item.expiresAt ?? null,
    revokedAtMs: null,
    revokedBy: null,
    lastUsedAtMs: item.lastUsedAt ?? null,
    useCount: item.uses,
    effect: item.effect,
    subject: item.subject,
    kind: item.kind,
    sessionKey: item.sessionKey,
    createdBy: item.createdBy,
  };
}

/** Principals begin with the door they came through. */
function resolverKind(principal: string): 'device' | 'channel' | 'runtime' {
  if (principal.startsWith('device:')) return 'device';
  return principal === 'cli' || principal.startsWith('operator:') ? 'runtime' : 'channel';
}
