/**
 * Methods on questions to approvers, and on what they allowed for good.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';

import type { ApprovalAnswer, Caller, Services } from '../../../services.ts';
import {
  commandOf,
  toApproval,
  toDetails,
  toGrant,
  toOver,
  toRequest,
} from '../../approval-views.ts';
import type { Handlers } from '../../plane.ts';
import { forbidden, invalidRequest } from '../../refusal.ts';

const PAGE = 50;
const GRANTS = 500;
const ANSWERS = ['allow-once', 'allow-always', 'deny'] as const;
const DAY_MS = 24 * 3_600_000;

function unknownId(code = 'exec.approval.not_found'): PortcullisError {
  return invalidRequest('unknown or expired approval id', {
    reason: 'APPROVAL_NOT_FOUND',
    code,
    hint: '"openclaw approvals list" shows those that wait.',
  });
}

/** Throws a refusal of the service in the words that clients branch on, with its code beside them. */
export function rethrow(error: unknown): never {
  if (!PortcullisError.is(error)) throw error;
  const { code, message, hint } = error;
  switch (code) {
    case 'exec.approval.not_found':
    case 'exec.approval.expired':
    case 'exec.approval.consumed':
      throw unknownId(code);
    case 'exec.approval.exists':
      throw invalidRequest('approval id already used', { code, hint });
    case 'exec.approval.already_resolved':
      throw invalidRequest('approval already resolved', {
        reason: 'APPROVAL_ALREADY_RESOLVED',
        code,
        hint,
      });
    case 'exec.approval.decision_not_offered':
      throw invalidRequest('decision not offered', { code, hint });
    case 'exec.approval.mismatch':
      throw invalidRequest('approval is about something else', { code, hint });
    case 'exec.approval.not_authorized':
      throw forbidden(message, code);
    default:
      throw error;
  }
}

/** An answer as it came over the wire. */
interface Answering {
  readonly id: string;
  readonly answer: ApprovalAnswer;
  readonly digest?: string | undefined;
  readonly grantExpiresInDays?: number | undefined;
}

async function resolve(
  services: Services,
  caller: Caller,
  { id, answer, digest, grantExpiresInDays }: Answering,
): Promise<void> {
  try {
    await services.approvals.resolve(caller, id, answer, {
      ...(digest === undefined ? {} : { shown: digest }),
      ...(grantExpiresInDays === undefined ? {} : { grantForMs: grantExpiresInDays * DAY_MS }),
    });
  } catch (error) {
    rethrow(error);
  }
}

/** Methods on questions to approvers. */
export const approvalHandlers: Handlers<
  | 'exec.approval.list'
  | 'exec.approval.get'
  | 'exec.approval.resolve'
  | 'approval.resolve'
  | 'exec.approval.grants.list'
  | 'exec.approval.grants.revoke'
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
      allowedDecisions: [...item.offered],
      host: item.host ?? null,
      nodeId: item.nodeId ?? null,
      agentId: item.agentId,
      expiresAtMs: item.expiresAt,
    };
  },
  'exec.approval.resolve': async (params, { services, caller }) => {
    const answer = ANSWERS.find((each) => each === params.decision);
    if (answer === undefined) {
      throw invalidRequest('invalid decision', { hint: 'Answer one of allowedDecisions.' });
    }
    await resolve(services, caller, { ...params, answer });
    return { ok: true };
  },
  'approval.resolve': async (params, { services, caller }) => {
    const { id, kind, decision: answer } = params;
    if (kind !== 'exec') throw unknownId();
    let applied = true;
    try {
      await resolve(services, caller, { ...params, answer });
    } catch (error) {
      const details = PortcullisError.is(error) ? error.details : undefined;
      if (details?.['reason'] !== 'APPROVAL_ALREADY_RESOLVED') throw error;
      applied = false;
    }
    const item = await services.approvals.get(id);
    if (item === undefined) throw unknownId();
    return { applied, approval: toOver(item) };
  },
  'exec.approval.grants.list': async ({ limit = GRANTS }, { services }) => ({
    grants: (await services.approvals.grants(limit)).map(toGrant),
  }),
  'exec.approval.grants.revoke': async ({ grantId }, { services, caller }) => ({
    outcome: (await services.approvals.revoke(caller, grantId)) ? 'revoked' : 'not-found',
  }),
  'approval.get': async ({ id, details }, { services }) => {
    const item = await services.approvals.get(id);
    if (item === undefined) throw unknownId();
    return {
      approval: toApproval(item),
      ...(details === true && { details: toDetails(item) }),
    };
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
