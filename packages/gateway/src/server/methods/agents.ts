/**
 * Methods on agents.
 *
 * @module
 */
import type { MethodParams, MethodResult } from '@portcullis/protocol';

import type { AgentReport, Services } from '../../services.ts';
import { holdsScope } from '../authority.ts';
import type { Handlers, MethodContext } from '../plane.ts';
import { invalidRequest } from '../refusal.ts';
import { splitModel, textOf } from '../views.ts';
import { agentOf, defaultAgentId } from './default-agent.ts';
import { findSession } from './sessions/read.ts';
import { sendMessage } from './sessions/send.ts';
import { keyOf } from './sessions/session-key.ts';

/** How long `agent` waits for its second answer when the client names no time. */
const DEFAULT_RUN_MS = 600_000;

/** How long `agent.wait` waits when the client names no time. */
const DEFAULT_WAIT_MS = 30_000;

/** The longest any wait may be. */
const MAX_WAIT_MS = 3_600_000;

async function targetKey(params: MethodParams<'agent'>, services: Services): Promise<string> {
  const { sessionKey, sessionId, agentId } = params;
  if (sessionKey !== undefined) return keyOf(services, sessionKey, agentId);
  if (sessionId !== undefined) {
    const found = await findSession(services, (session) => session.sessionId === sessionId);
    if (found === undefined) throw invalidRequest(`No session found: ${sessionId.slice(0, 128)}`);
    return found.key;
  }
  if (params.to !== undefined) throw invalidRequest('name the session by sessionKey, not by to');
  return keyOf(services, 'main', agentId ?? defaultAgentId(services));
}

async function runResult(
  run: { readonly runId: string; readonly sessionKey: string; readonly acceptedAt: number },
  outcome: 'ok' | 'error' | 'aborted' | 'timeout',
  services: Services,
): Promise<MethodResult<'agent'>> {
  const { runId, sessionKey, acceptedAt } = run;
  const page = await services.chat.history(sessionKey, { limit: 100 });
  const answers = page.messages.filter(
    (message) => message.runId === runId && message.role === 'assistant',
  );
  const last = answers.at(-1);
  const { provider, model } = splitModel(last?.model ?? services.models().active[0]);
  const text = last === undefined ? '' : textOf(last);
  return {
    runId,
    status: outcome === 'ok' ? 'ok' : 'error',
    summary: outcome === 'ok' ? 'completed' : (last?.errorMessage ?? outcome),
    result: {
      payloads: text === '' ? [] : [{ text, mediaUrl: null }],
      meta: {
        durationMs: Math.max(0, Date.now() - acceptedAt),
        agentMeta: {
          sessionId: page.sessionId ?? '',
          provider: provider ?? '',
          model: model ?? '',
          ...(last?.usage !== undefined && { usage: { ...last.usage } }),
        },
      },
    },
  };
}

async function runAgent(
  params: MethodParams<'agent'>,
  context: MethodContext,
): Promise<MethodResult<'agent'>> {
  const { services } = context;
  if (params.deliver === true) {
    throw invalidRequest('deliver is not offered: the answer is in the second response');
  }
  const sessionKey = await targetKey(params, services);
  const { message, idempotencyKey, attachments } = params;
  const { runId } = await sendMessage(
    { sessionKey, message, idempotencyKey, attachments },
    context,
  );
  const acceptedAt = Date.now();
  const agentId = agentOf(sessionKey, services);
  context.respond?.({ runId, sessionKey, agentId, status: 'accepted', acceptedAt });
  const waitMs = params.timeout === undefined ? DEFAULT_RUN_MS : params.timeout * 1000;
  const outcome = await services.chat.wait(runId, Math.min(waitMs, MAX_WAIT_MS));
  return runResult({ runId, sessionKey, acceptedAt }, outcome, services);
}

function agentRow(agent: AgentReport, isAdmin: boolean) {
  return {
    id: agent.id,
    ...(agent.name !== undefined && agent.name !== '' && { name: agent.name }),
    ...(isAdmin && { workspace: agent.workspace }),
    ...(agent.model !== undefined && { model: { primary: agent.model } }),
  };
}

/** Methods on agents. */
export const agentHandlers: Handlers<
  'agent' | 'agent.wait' | 'agents.list' | 'agent.identity.get'
> = {
  agent: runAgent,
  'agent.wait': async ({ runId, timeoutMs = DEFAULT_WAIT_MS }, { services }) => {
    const outcome = await services.chat.wait(runId, Math.min(timeoutMs, MAX_WAIT_MS));
    return outcome === 'aborted'
      ? { runId, status: 'error', error: 'aborted' }
      : { runId, status: outcome };
  },
  'agents.list': (_params, { services, caller }) => {
    const isAdmin = holdsScope(caller.scopes, 'operator.admin');
    return {
      defaultId: defaultAgentId(services),
      mainKey: 'main',
      scope: 'per-sender',
      agents: services.agents().map((agent) => agentRow(agent, isAdmin)),
    };
  },
  'agent.identity.get': ({ agentId, sessionKey }, { services }) => {
    const id =
      agentId ??
      (sessionKey === undefined
        ? defaultAgentId(services)
        : agentOf(keyOf(services, sessionKey), services));
    const agent = services.agents().find((each) => each.id === id);
    if (agent === undefined) throw invalidRequest(`unknown agent id "${id.slice(0, 64)}"`);
    return agent.name === undefined || agent.name === ''
      ? { agentId: id, name: 'Assistant', nameSource: 'default' }
      : { agentId: id, name: agent.name, nameSource: 'config' };
  },
};
