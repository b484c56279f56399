/** Calls whose results are checked against both schemas. */
import { type MethodName, METHODS } from '@portcullis/protocol';
import { expect } from 'vitest';

import type { Frame, Raw } from './clients.ts';
import { publishedFaults } from './published-schema.ts';

/** Results that the published schema describes. */
const PUBLISHED: Partial<Record<MethodName, string>> = {
  'agents.list': 'AgentsListResult',
  'config.schema': 'ConfigSchemaResponse',
  'config.schema.lookup': 'ConfigSchemaLookupResult',
  'agent.identity.get': 'AgentIdentityResult',
  'channels.status': 'ChannelsStatusResult',
  'channels.pairing.list': 'ChannelsPairingListResult',
  'channels.pairing.approve': 'ChannelsPairingApproveResult',
  'channels.pairing.dismiss': 'ChannelsPairingDismissResult',
  'exec.approval.grants.list': 'ExecApprovalGrantsListResult',
  'exec.approval.grants.revoke': 'ExecApprovalGrantsRevokeResult',
  'exec.approvals.get': 'ExecApprovalsSnapshot',
  'exec.approvals.set': 'ExecApprovalsSnapshot',
  'approval.get': 'ApprovalGetResult',
  'approval.history': 'ApprovalHistoryResult',
  'models.list': 'ModelsListResult',
  'question.list': 'QuestionListResult',
  'question.get': 'QuestionGetResult',
  'question.resolve': 'QuestionResolveResult',
  'sessions.resolve': 'SessionsResolveResult',
  'sessions.delete': 'SessionsDeleteResult',
};

/** Calls a method and checks its result against our schema and the published one. */
export async function checkedCall(
  raw: Raw,
  method: MethodName,
  params?: unknown,
): Promise<Record<string, unknown>> {
  const { payload, error } = await raw.request(method, params);
  expect(error).toBeUndefined();
  expect(METHODS[method].result.safeParse(payload).error).toBeUndefined();
  const published = PUBLISHED[method];
  if (published !== undefined) expect(publishedFaults(published, payload)).toEqual([]);
  return payload as Record<string, unknown>;
}

/** The error of a call that must fail. */
export async function failedCall(
  raw: Raw,
  method: string,
  params?: unknown,
): Promise<NonNullable<Frame['error']>> {
  const { error } = await raw.request(method, params);
  if (error === undefined) throw new Error('expected an error');
  return error;
}
