/**
 * Methods on sessions.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';

import type { MethodParams, MethodResult } from '@portcullis/protocol';

import type { Services, SessionSummary } from '../../services.ts';
import type { Handlers, MethodContext } from '../plane.ts';
import { invalidRequest } from '../refusal.ts';
import { sessionDefaults, splitModel, textOf, toMessage, toSessionRow } from '../views.ts';
import { sendMessage } from './send.ts';
import { keyOf } from './session-key.ts';

/** Stands where clients expect the path of a session file: sessions are in the store. */
const STORE = '(store)';

/** Most sessions in one answer. */
const MAX_LISTED = 1000;

/** How long a list may be served again when nothing happened. */
const LIST_TTL_MS = 1000;

async function listSessions(
  params: MethodParams<'sessions.list'>,
  services: Services,
): Promise<MethodResult<'sessions.list'>> {
  const limit = Math.min(params.limit ?? MAX_LISTED, MAX_LISTED);
  const offset = params.offset ?? 0;
  const search = params.search ?? params.label;
  const { sessions, total } =
    params.archived === true
      ? { sessions: [], total: 0 }
      : await services.sessions.list({
          limit,
          offset,
          ...(params.agentId !== undefined && { agentId: params.agentId }),
          ...(search !== undefined && { search }),
        });
  const end = offset + sessions.length;
  const hasMore = end < total;
  return {
    ts: Date.now(),
    path: STORE,
    count: sessions.length,
    totalCount: total,
    limitApplied: limit,
    nextOffset: hasMore ? end : null,
    hasMore,
    owners: [],
    defaults: sessionDefaults(services.models()),
    sessions: sessions.map(toSessionRow),
  };
}

/** Every session, page after page. */
async function* allSessions(services: Services): AsyncGenerator<SessionSummary> {
  for (let offset = 0; ; offset += MAX_LISTED) {
    const { sessions, total } = await services.sessions.list({ limit: MAX_LISTED, offset });
    yield* sessions;
    if (sessions.length === 0 || offset + sessions.length >= total) return;
  }
}

async function findSession(
  services: Services,
  matches: (session: SessionSummary) => boolean,
): Promise<SessionSummary | undefined> {
  for await (const session of allSessions(services)) if (matches(session)) return session;
  return undefined;
}

async function resolveSession(
  params: MethodParams<'sessions.resolve'>,
  { services }: MethodContext,
): Promise<MethodResult<'sessions.resolve'>> {
  const { key, sessionId, label, shortId } = params;
  const asked = key ?? sessionId ?? label ?? shortId;
  if (asked === undefined) throw invalidRequest('key, sessionId, label or shortId required');
  const found =
    key === undefined
      ? await findSession(
          services,
          (session) =>
            session.sessionId === sessionId ||
            (label !== undefined && session.label === label) ||
            (shortId !== undefined && session.sessionId.startsWith(shortId)),
        )
      : await services.sessions.get(keyOf(services, key, params.agentId));
  if (found !== undefined) {
    return {
      ok: true,
      key: found.key,
      agentId: found.agentId,
      ...(found.label !== undefined && { displayName: found.label }),
    };
  }
  if (params.allowMissing === true) return { ok: false };
  throw invalidRequest(`No session found: ${asked.slice(0, 128)}`);
}

async function preview(
  params: MethodParams<'sessions.preview'>,
  services: Services,
): Promise<MethodResult<'sessions.preview'>> {
  const { limit = 6, maxChars = 240 } = params;
  const previews = await Promise.all(
    params.keys.map(async (key) => {
      const canonical = keyOf(services, key);
      const session = await services.sessions.get(canonical);
      if (session === undefined) return { key, status: 'missing' as const, items: [] };
      const { messages } = await services.chat.history(canonical, { limit });
      const items = messages
        .map((message) => ({ role: message.role, text: textOf(message).slice(0, maxChars) }))
        .filter(({ text }) => text !== '');
      return { key, status: items.length === 0 ? ('empty' as const) : ('ok' as const), items };
    }),
  );
  return { ts: Date.now(), previews };
}

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
  const target = { sessionKey, ...(runId !== undefined && { runId }) };
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
    },
    resolved: { modelProvider: provider, model },
  };
}

/** Refuses a change that was meant for an earlier incarnation of the session. */
async function requireIncarnation(
  services: Services,
  key: string,
  expected: string | undefined,
): Promise<void> {
  if (expected === undefined) return;
  const session = await services.sessions.get(key);
  if (session?.sessionId === expected) return;
  throw invalidRequest('the session has changed since it was looked at', {
    reason: 'session-changed',
  });
}

/** Methods that only look. */
export const sessionReaders: Handlers<
  | 'sessions.list'
  | 'sessions.get'
  | 'sessions.describe'
  | 'sessions.preview'
  | 'sessions.resolve'
  | 'sessions.subscribe'
  | 'sessions.unsubscribe'
  | 'sessions.messages.subscribe'
  | 'sessions.messages.unsubscribe'
> = {
  'sessions.list': (params, { plane, services }) =>
    plane.answers.get(`sessions.list ${JSON.stringify(params)}`, LIST_TTL_MS, () =>
      listSessions(params, services),
    ),
  'sessions.get': async ({ key, agentId, limit = 200 }, { services }) => {
    const page = await services.chat.history(keyOf(services, key, agentId), { limit });
    return { messages: page.messages.map(toMessage) };
  },
  'sessions.describe': async ({ key, agentId }, { services }) => {
    const session = await services.sessions.get(keyOf(services, key, agentId));
    return { session: session === undefined ? null : toSessionRow(session) };
  },
  'sessions.preview': (params, { services }) => preview(params, services),
  'sessions.resolve': resolveSession,
  'sessions.subscribe': (_params, { follower }) => {
    if (follower !== undefined) follower.followsSessions = true;
    return { subscribed: true };
  },
  'sessions.unsubscribe': (_params, { follower }) => {
    if (follower !== undefined) follower.followsSessions = false;
    return { subscribed: false };
  },
  'sessions.messages.subscribe': ({ key, agentId }, { services, follower }) => {
    const canonical = keyOf(services, key, agentId);
    follow(follower?.followed, canonical);
    return { subscribed: true, key: canonical };
  },
  'sessions.messages.unsubscribe': ({ key, agentId }, { services, follower }) => {
    const canonical = keyOf(services, key, agentId);
    follower?.followed.delete(canonical);
    return { subscribed: false, key: canonical };
  },
};

/** Sessions one connection may follow. */
const MAX_FOLLOWED = 256;

function follow(followed: Set<string> | undefined, key: string): void {
  if (followed === undefined || followed.has(key)) return;
  if (followed.size >= MAX_FOLLOWED) throw invalidRequest('too many sessions are followed');
  followed.add(key);
}

/** Methods that change something. */
export const sessionWriters: Handlers<
  'sessions.send' | 'sessions.abort' | 'sessions.patch' | 'sessions.reset' | 'sessions.delete'
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
  'sessions.patch': async (params, { services, caller }) => {
    const key = keyOf(services, params.key, params.agentId);
    await requireIncarnation(services, key, params.expectedSessionId);
    const { label } = params;
    const session = await services.sessions.patch(caller, key, {
      ...(label !== undefined && { label }),
    });
    return { ...changed(session, services), path: STORE };
  },
  'sessions.reset': async (params, { services, caller }) => {
    const key = keyOf(services, params.key, params.agentId);
    await requireIncarnation(services, key, params.expectedSessionId);
    return changed(await services.sessions.reset(caller, key), services);
  },
  'sessions.delete': async (params, { services, caller }) => {
    const key = keyOf(services, params.key, params.agentId);
    await requireIncarnation(services, key, params.expectedSessionId);
    // Nothing is ever archived here, so there is no archived session to delete.
    const deleted = params.archivedOnly !== true && (await services.sessions.delete(caller, key));
    return { ok: true, key, deleted, archived: [] };
  },
};
