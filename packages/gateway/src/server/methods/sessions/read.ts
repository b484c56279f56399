/**
 * Methods that look at sessions.
 *
 * @module
 */
import type { MethodParams, MethodResult } from '@portcullis/protocol';

import type { Services, SessionFilter, SessionSummary } from '../../../services.ts';
import type { Handlers, MethodContext } from '../../plane.ts';
import { invalidRequest } from '../../refusal.ts';
import { sessionDefaults, textOf, toMessage, toSessionRow } from '../../views.ts';
import { keyOf } from './session-key.ts';

/** Stands where clients expect the path of a session file: sessions are in the store. */
export const STORE = '(store)';

/** Most sessions in one answer. */
const MAX_LISTED = 1000;

/** How long a list may be served again when nothing happened. */
const LIST_TTL_MS = 1000;

/** Whether the filter asks for people or boards, which no session here has. */
function asksForNone({
  creatorId,
  ownerId,
  involvingProfileId,
  boardFace,
}: MethodParams<'sessions.list'>): boolean {
  return (creatorId ?? ownerId ?? involvingProfileId) !== undefined || boardFace === 'dashboard';
}

function filterOf(params: MethodParams<'sessions.list'>, services: Services): SessionFilter {
  const { agentId, search, label, activeMinutes, requireLastInteraction, spawnedBy } = params;
  const configured =
    params.configuredAgentsOnly === true ? services.agents().map(({ id }) => id) : undefined;
  const agentIds =
    agentId === undefined
      ? configured
      : [agentId].filter((id) => configured?.includes(id) !== false);
  return {
    archived: params.archived ?? false,
    ...(agentIds !== undefined && { agentIds }),
    ...(search !== undefined && { search }),
    ...(label !== undefined && { label }),
    ...(activeMinutes !== undefined && { since: Date.now() - activeMinutes * 60_000 }),
    ...(requireLastInteraction === true && { spokenIn: true }),
    ...(spawnedBy !== undefined && { spawnedBy: keyOf(services, spawnedBy) }),
  };
}

async function listSessions(
  params: MethodParams<'sessions.list'>,
  services: Services,
): Promise<MethodResult<'sessions.list'>> {
  const limit = Math.min(params.limit ?? MAX_LISTED, MAX_LISTED);
  const offset = params.offset ?? 0;
  const { sessions, total } = asksForNone(params)
    ? { sessions: [], total: 0 }
    : await services.sessions.list({ ...filterOf(params, services), limit, offset });
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

/** The first session, last used first, that `matches`. */
export async function findSession(
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
            (params.agentId === undefined || session.agentId === params.agentId) &&
            (session.sessionId === sessionId ||
              (label !== undefined && session.label === label) ||
              (shortId !== undefined && session.sessionId.startsWith(shortId))),
        )
      : await services.sessions.get(keyOf(services, key, params.agentId));
  const spawner = params.spawnedBy;
  const isMeant = spawner === undefined || found?.spawnedBy === keyOf(services, spawner);
  if (found !== undefined && isMeant) {
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
