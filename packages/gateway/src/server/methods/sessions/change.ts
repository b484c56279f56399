/**
 * Methods that make and change sessions.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';

import type { MethodParams, MethodResult } from '@portcullis/protocol';

import type { Services, SessionSummary } from '../../../services.ts';
import { defaultAgentId } from '../default-agent.ts';
import type { Handlers, MethodContext } from '../../plane.ts';
import { invalidRequest } from '../../refusal.ts';
import { splitModel } from '../../views.ts';
import { requireLife } from './life.ts';
import { sendMessage } from './send.ts';
import { keyOf } from './session-key.ts';
import { findSession, STORE } from './read.ts';

async function abortRuns(
  params: MethodParams<'sessions.abort'>,
  { services, caller }: MethodContext,
): Promise<MethodResult<'sessions.abort'>> {
  const { key, runId } = params;
  if (key === undefined && runId === undefined) throw invalidRequest('key or runId required');
  const sessionKey =
    key === undefined
      ? (await findSession(services, (each) => each.activeRunIds.includes(runId ?? '')))?.key
      : keyOf(services, key, params.agentId);
  if (sessionKey === undefined) return { ok: true, aborted: false, runIds: [] };
  const queued = params.clearQueued === true;
  const target = { sessionKey, queued, ...(runId !== undefined && { runId }) };
  const runIds = await services.chat.abort(caller, target);
  return { ok: true, aborted: runIds.length > 0, runIds: [...runIds] };
}

function changed(session: SessionSummary, services: Services): MethodResult<'sessions.reset'> {
  const { provider, model } = splitModel(session.model ?? services.models().active[0]);
  return {
    ok: true,
    key: session.key,
    entry: {
      sessionId: session.sessionId,
      updatedAt: session.updatedAt,
      ...(session.label !== undefined && { label: session.label }),
      ...(session.pinnedAt !== undefined && { pinnedAt: session.pinnedAt }),
      ...(session.archivedAt !== undefined && { archivedAt: session.archivedAt }),
    },
    resolved: { modelProvider: provider, model },
  };
}

/** Refuses a model that a session would have to have for itself. */
function requireUsualModel(services: Services, model: string | null | undefined): void {
  if (model === undefined || model === null) return;
  const [usual] = services.models().active;
  if (model === usual || model === splitModel(usual).model) return;
  throw invalidRequest('a session has no model of its own: configure the one of its agent', {
    reason: 'model-not-offered',
  });
}

async function createSession(
  params: MethodParams<'sessions.create'>,
  context: MethodContext,
): Promise<MethodResult<'sessions.create'>> {
  const { services, caller } = context;
  requireUsualModel(services, params.model);
  const agentId = params.agentId ?? defaultAgentId(services);
  const key = keyOf(services, params.key ?? `agent:${agentId}:${randomUUID()}`, agentId);
  const label = params.label ?? params.displayName;
  const session = await services.sessions.create(caller, {
    key,
    agentId: key.split(':')[1] ?? agentId,
    ...(label !== undefined && { label }),
  });
  const { entry, resolved } = changed(session, services);
  const made = { ok: true as const, key, sessionId: session.sessionId, entry, resolved };
  const message = params.message ?? params.task ?? '';
  if (message.trim() === '' && (params.attachments ?? []).length === 0) {
    return { ...made, runStarted: false };
  }
  const idempotencyKey = params.idempotencyKey ?? randomUUID();
  const { attachments } = params;
  const { runId } = await sendMessage(
    { sessionKey: key, message, idempotencyKey, attachments },
    context,
  );
  return { ...made, runStarted: true, runId };
}

/** Methods that make and change sessions. */
export const sessionWriters: Handlers<
  | 'sessions.create'
  | 'sessions.send'
  | 'sessions.abort'
  | 'sessions.patch'
  | 'sessions.reset'
  | 'sessions.delete'
> = {
  'sessions.send': (params, context) =>
    sendMessage(
      {
        sessionKey: keyOf(context.services, params.key, params.agentId),
        message: params.message,
        idempotencyKey: params.idempotencyKey ?? randomUUID(),
        attachments: params.attachments,
      },
      context,
    ),
  'sessions.abort': abortRuns,
  'sessions.create': createSession,
  'sessions.patch': async (params, { services, caller }) => {
    const key = keyOf(services, params.key, params.agentId);
    await requireLife(services, key, params.expectedSessionId);
    requireUsualModel(services, params.model);
    const { label, pinned, archived } = params;
    const session = await services.sessions.patch(caller, key, {
      ...(label !== undefined && { label }),
      ...(pinned !== undefined && { pinned }),
      ...(archived !== undefined && { archived }),
    });
    return { ...changed(session, services), path: STORE };
  },
  'sessions.reset': async (params, { services, caller }) => {
    const key = keyOf(services, params.key, params.agentId);
    await requireLife(services, key, params.expectedSessionId);
    return changed(await services.sessions.reset(caller, key), services);
  },
  'sessions.delete': async (params, { services, caller }) => {
    const key = keyOf(services, params.key, params.agentId);
    await requireLife(services, key, params.expectedSessionId);
    const { archivedOnly, expectedSessionUpdatedAt: seen } = params;
    const session = await services.sessions.get(key);
    if (seen !== undefined && session !== undefined && session.updatedAt !== seen) {
      throw invalidRequest('the session changed since', { reason: 'session-changed' });
    }
    const isMeant = archivedOnly !== true || session?.archivedAt !== undefined;
    const deleted = isMeant && (await services.sessions.delete(caller, key));
    return { ok: true, key, deleted, archived: [] };
  },
};
