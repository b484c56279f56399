/**
 * Methods by which clients ask approvers about commands that they run themselves.
 *
 * @module
 */
import type { PortcullisError } from '@portcullis/core';
import type { MethodParams, MethodResult } from '@portcullis/protocol';

import type { ClientAsk, ClientDecision } from '../../../services.ts';
import type { Handlers, MethodContext } from '../../plane.ts';
import { invalidRequest } from '../../refusal.ts';
import { rethrow } from './approvals.ts';

type Params = MethodParams<'exec.approval.request'>;

/** What is shown as the client said it. */
const TOLD = [
  'systemRunPlan',
  'security',
  'ask',
  'warningText',
  'scope',
  'commandSpans',
  'resolvedPath',
  'sessionId',
  'runId',
  'toolCallId',
  'turnSourceChannel',
  'turnSourceTo',
  'turnSourceAccountId',
  'turnSourceThreadId',
] as const;

function invalid(fault: string): PortcullisError {
  return invalidRequest(`invalid exec.approval.request params: ${fault}`);
}

/** One value that is said twice, perhaps: both have to be the same. */
function agreed<T>(name: string, said: T | null | undefined, planned: T | null | undefined) {
  const [own, other] = [said ?? undefined, planned ?? undefined];
  if (own !== undefined && other !== undefined && JSON.stringify(own) !== JSON.stringify(other)) {
    throw invalid(`${name} is not that of systemRunPlan`);
  }
  return own ?? other;
}

function toldOf(params: Params): ClientAsk['told'] {
  const said = TOLD.map((name) => [name, params[name] ?? null] as const);
  return Object.fromEntries(said.filter(([, value]) => value !== null)) as ClientAsk['told'];
}

function textIn(plan: Params['systemRunPlan'], name: string): string | undefined {
  const value = plan?.[name] ?? undefined;
  if (value !== undefined && typeof value !== 'string') {
    throw invalid(`at /systemRunPlan/${name}: must be string`);
  }
  return value;
}

function askOf(params: Params, { plane, caller }: MethodContext): ClientAsk {
  const { id, command, systemRunPlan: plan, env = {}, nodeId, timeoutMs } = params;
  const host = params.host ?? 'gateway';
  if (host === 'node' && (plan === undefined || (nodeId ?? '') === '')) {
    throw invalid('host=node needs nodeId and systemRunPlan');
  }
  const argv = agreed('commandArgv', params.commandArgv, plan?.argv);
  const cwd = agreed('cwd', params.cwd, plan?.cwd);
  const agentId = agreed('agentId', params.agentId, textIn(plan, 'agentId'));
  const sessionKey = agreed('sessionKey', params.sessionKey, textIn(plan, 'sessionKey'));
  const isQuiet = params.suppressDelivery === true || params.deliverToApprovalClientsOnly === true;
  return {
    ...(id === undefined ? {} : { id }),
    ...(command === undefined ? {} : { command }),
    ...(argv === undefined ? {} : { argv }),
    host,
    ...(typeof nodeId === 'string' ? { nodeId } : {}),
    ...(cwd === undefined ? {} : { cwd }),
    env,
    ...(agentId === undefined ? {} : { agentId }),
    ...(sessionKey === undefined ? {} : { sessionKey }),
    told: toldOf(params),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    hasClients: plane.hasApprovers(caller),
    inConversations: !isQuiet,
  };
}

function toDecided({ id, decision, createdAt, expiresAt, reason }: ClientDecision) {
  const times = { createdAtMs: createdAt, expiresAtMs: expiresAt };
  return { id, decision, ...times, terminalReason: reason };
}

async function request(
  params: Params,
  context: MethodContext,
): Promise<MethodResult<'exec.approval.request'>> {
  const { services, caller, signal } = context;
  const { id, route, createdAt, expiresAt } = await services.clientQuestions.ask(
    caller,
    askOf(params, context),
  );
  if (params.twoPhase === true) {
    const times = { createdAtMs: createdAt, expiresAtMs: expiresAt };
    return { status: 'accepted', id, deliveryRoute: route, ...times };
  }
  const options = { signal, isOnly: true };
  return toDecided(await services.clientQuestions.decision(caller, id, options));
}

/** Methods by which clients ask. */
export const approvalRequestHandlers: Handlers<
  'exec.approval.request' | 'exec.approval.waitDecision'
> = {
  'exec.approval.request': (params, context) => request(params, context).catch(rethrow),
  'exec.approval.waitDecision': async ({ id }, { services, caller, signal }) => {
    try {
      return toDecided(await services.clientQuestions.decision(caller, id, { signal }));
    } catch (error) {
      rethrow(error);
    }
  },
};
