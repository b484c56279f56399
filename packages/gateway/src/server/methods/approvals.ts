/**
 * Methods on questions to approvers.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';

import { commandOf, OFFERED, toApproval, toOver, toRequest } from '../approval-views.ts';
import type { Handlers } from '../plane.ts';
import { invalidRequest } from '../refusal.ts';

const PAGE = 50;

function unknownId(): PortcullisError {
  return invalidRequest('unknown or expired approval id', {
    reason: 'APPROVAL_NOT_FOUND',
    hint: '"openclaw approvals list" shows those that wait.',
  });
}

function alreadyResolved(): PortcullisError {
  return invalidRequest('approval already resolved', {
    reason: 'APPROVAL_ALREADY_RESOLVED',
    hint: 'The first answer counts.',
  });
}

/** Methods on questions to approvers. */
export const approvalHandlers: Handlers<
  | 'exec.approval.list'
  | 'exec.approval.get'
  | 'exec.approval.resolve'
  | 'exec.approval.grants.list'
  | 'approval.get'
  | 'approval.history'
> = {
  'exec.approval.list': async (_params, { services }) =>
    (await services.approvals.pending()).map(toRequest),
  'exec.approval.get': async ({ id }, { services }) => {
    const item = await services.approvals.get(id);
    if (item?.state !== 'pending') throw unknownId();
    return {
      id,
      commandText: commandOf(item),
      commandPreview: null,
      allowedDecisions: [...OFFERED],
      host: null,
      nodeId: null,
      agentId: item.agentId,
      expiresAtMs: item.expiresAt,
    };
  },
  'exec.approval.resolve': async ({ id, decision }, { services, caller }) => {
    const answer = OFFERED.find((each) => each === decision);
    if (answer === undefined) {
      throw invalidRequest('invalid decision', {
        hint: 'Answer allow-once or deny; nothing is allowed for good.',
      });
    }
    try {
      await services.approvals.resolve(caller, id, answer);
    } catch (error) {
      // The service's refusals in the words clients branch on.
      const code = PortcullisError.is(error) ? error.code : '';
      if (code === 'approval.already_resolved') throw alreadyResolved();
      if (code === 'approval.not_found' || code === 'approval.expired') throw unknownId();
      throw error;
    }
    return { ok: true };
  },
  'exec.approval.grants.list': () => ({ grants: [] }),
  'approval.get': async ({ id }, { services }) => {
    const item = await services.approvals.get(id);
    if (item === undefined) throw unknownId();
    return { approval: toApproval(item) };
  },
  'approval.history': async ({ limit = PAGE, cursor, kind }, { services }) => {
    if (kind !== undefined && kind !== 'exec') return { items: [] };
    const { items, nextCursor } = await services.approvals.history({
      limit,
      ...(cursor === undefined ? {} : { cursor }),
    });
    return {
      items: items.map(toOver),
      ...(nextCursor === undefined ? {} : { nextCursor }),
    };
  },
};
