/**
 * Transcripts, page by page or from a cursor on.
 *
 * @module
 */
import { LIMITS, type Message, type MethodParams, type MethodResult } from '@portcullis/protocol';

import type { HistoryPage, Services, SessionSummary } from '../../../services.ts';
import type { Handlers, MethodContext } from '../../plane.ts';
import { invalidRequest } from '../../refusal.ts';
import { sessionDefaults, toMessage, toSessionRow } from '../../views.ts';
import { requireLife } from '../sessions/life.ts';
import { findSession } from '../sessions/read.ts';
import { keyOf } from '../sessions/session-key.ts';

type Params = MethodParams<'chat.history'>;
type Answer = MethodResult<'chat.history'>;

/** Messages on a page when the client names no limit. */
const DEFAULT_PAGE = 200;

/** Most messages a cursor is followed over; beyond it the page is read again. */
const MAX_DELTA = 1000;

/** Longest run id that clients are told as one. */
const LONGEST_RUN_ID = 256;

function shortened(message: Message, maxChars: number | undefined): Message {
  if (maxChars === undefined) return message;
  const content = message.content.map((part) =>
    part.type === 'text' && part.text.length > maxChars
      ? { type: 'text' as const, text: `${part.text.slice(0, maxChars)}\u2026` }
      : part,
  );
  return { ...message, content };
}

/** The newest messages that fit into `maxBytes`, at least one. */
function withinBytes(messages: readonly Message[], maxBytes: number): readonly Message[] {
  let bytes = 0;
  let start = messages.length;
  for (const message of messages.toReversed()) {
    bytes += Buffer.byteLength(JSON.stringify(message));
    if (bytes > maxBytes && start < messages.length) break;
    start -= 1;
  }
  return messages.slice(start);
}

function bytesOf({ maxBytes }: Params): number {
  return Math.min(maxBytes ?? LIMITS.history, LIMITS.history);
}

/** Names a life of a session and the last message of it that a client has. */
function cursorOf(sessionId: string, seq: number): string {
  return `${sessionId}/${String(seq)}`;
}

function readCursor(cursor: string): { readonly sessionId: string; readonly seq: number } {
  const slash = cursor.lastIndexOf('/');
  return { sessionId: cursor.slice(0, slash), seq: Number(cursor.slice(slash + 1)) };
}

/** Bytes that one UTF-16 unit takes at most in JSON: a control character, as `\u0000`. */
const MOST_BYTES_OF_UNIT = 6;

/** UTF-16 units of each of several texts that together stay within an answer. */
function unitsOf(count: number): number {
  return Math.floor(LIMITS.history / 2 / MOST_BYTES_OF_UNIT / Math.max(1, count));
}

/** What waits for its turn, as much as a client wants to see of it, and as fits into an answer. */
async function pendingInputs(
  { pendingBefore, inputRunIds, maxChars }: Params,
  key: string,
  services: Services,
): Promise<Extract<Answer, { pendingInputs: unknown }>['pendingInputs']> {
  const { items, total, nextBefore } = await services.chat.queued(key, {
    ...(pendingBefore === undefined ? {} : { before: pendingBefore }),
    ...(inputRunIds === undefined ? {} : { runIds: inputRunIds }),
  });
  const room = Math.min(maxChars ?? Infinity, unitsOf(items.length));
  return {
    items: items.map(({ runId, text, acceptedAt }) => {
      return {
        id: runId,
        ...(runId.length <= LONGEST_RUN_ID && { runId }),
        message: {
          role: 'user',
          content: [
            { type: 'text', text: text.length > room ? `${text.slice(0, room)}\u2026` : text },
          ],
          timestamp: acceptedAt,
        },
        acceptedAt,
        state: 'queued',
      };
    }),
    total,
    ...(nextBefore === undefined ? {} : { nextBefore }),
  };
}

function inFlight(page: HistoryPage) {
  return page.inFlight === undefined ? {} : { inFlightRun: { ...page.inFlight } };
}

/** What came after a cursor, unless that is not known any more. */
async function since(
  params: Params & { readonly cursor: string },
  key: string,
  services: Services,
): Promise<Answer> {
  const reset = { kind: 'reset' } as const;
  const { sessionId, seq } = readCursor(params.cursor);
  const [page, session, pending] = await Promise.all([
    services.chat.history(key, { limit: MAX_DELTA }),
    services.sessions.get(key),
    pendingInputs(params, key, services),
  ]);
  const isKnown = page.sessionId === sessionId && seq >= 0 && seq <= page.totalMessages;
  if (session === undefined || session.sessionId !== sessionId || !isKnown) return reset;
  const fresh = page.messages.filter((message) => message.seq > seq);
  if (fresh.length < page.totalMessages - seq) return reset;
  const messages = fresh.map((message) => shortened(toMessage(message), params.maxChars));
  if (withinBytes(messages, bytesOf(params)).length < messages.length) return reset;
  return {
    kind: 'delta',
    messages,
    deltaCursor: cursorOf(sessionId, page.totalMessages),
    sessionInfo: toSessionRow(session),
    pendingInputs: pending,
    ...inFlight(page),
  };
}

/** The offset of the page with a message in its middle. */
async function offsetOf(
  services: Services,
  key: string,
  messageId: string,
  limit: number,
): Promise<number> {
  const [message, session] = await Promise.all([
    services.chat.message(key, messageId),
    services.sessions.get(key),
  ]);
  if (message === undefined || session === undefined) {
    throw invalidRequest('there is no such message', { reason: 'message-not-found' });
  }
  const newer = session.messageCount - message.seq;
  return Math.max(0, newer - Math.floor(limit / 2));
}

/** What was read for a page. */
interface Found {
  readonly page: HistoryPage;
  readonly session: SessionSummary | undefined;
  readonly pending: Awaited<ReturnType<typeof pendingInputs>>;
}

function view(
  params: Params,
  { page, session, pending }: Found,
  services: Services,
  offset: number,
): Answer {
  const rows = page.messages.map((message) => shortened(toMessage(message), params.maxChars));
  const messages = [...withinBytes(rows, bytesOf(params))];
  const hasMore = page.hasMore || messages.length < rows.length;
  const { sessionId } = page;
  return {
    sessionKey: params.sessionKey,
    ...(sessionId !== undefined && { sessionId }),
    messages,
    hasMore,
    totalMessages: page.totalMessages,
    ...(hasMore && { nextOffset: offset + messages.length }),
    ...(sessionId !== undefined &&
      offset === 0 && { deltaCursor: cursorOf(sessionId, page.totalMessages) }),
    pendingInputs: pending,
    defaults: sessionDefaults(services.models()),
    ...(session !== undefined && { sessionInfo: toSessionRow(session) }),
    ...inFlight(page),
  };
}

async function history(params: Params, { services }: MethodContext): Promise<Answer> {
  const key = keyOf(services, params.sessionKey, params.agentId);
  const { cursor, limit = DEFAULT_PAGE, messageId } = params;
  if (cursor !== undefined) return since({ ...params, cursor }, key, services);
  await requireLife(services, key, params.sessionId);
  const offset =
    messageId === undefined
      ? (params.offset ?? 0)
      : await offsetOf(services, key, messageId, limit);
  const [page, session, pending] = await Promise.all([
    services.chat.history(key, { limit, offset }),
    services.sessions.get(key),
    pendingInputs(params, key, services),
  ]);
  return view(params, { page, session, pending }, services, offset);
}

/** A page is asked for by key, or by the beginning of a session id. */
async function startup(
  { shortId, slugHint: _hint, sessionKey, ...page }: MethodParams<'chat.startup'>,
  context: MethodContext,
): Promise<Answer> {
  if (sessionKey !== undefined) return history({ sessionKey, ...page }, context);
  if (shortId === undefined) {
    throw invalidRequest("invalid chat.startup params: must have required property 'sessionKey'");
  }
  const found = await findSession(
    context.services,
    (session) =>
      session.sessionId.startsWith(shortId) &&
      (page.agentId === undefined || session.agentId === page.agentId),
  );
  if (found === undefined) throw invalidRequest(`No session found: ${shortId}`);
  return history({ sessionKey: found.key, ...page }, context);
}

async function oneMessage(
  params: MethodParams<'chat.message.get'>,
  { services }: MethodContext,
): Promise<MethodResult<'chat.message.get'>> {
  const key = keyOf(services, params.sessionKey, params.agentId);
  const found = await services.chat.message(key, params.messageId);
  if (found === undefined) return { ok: false, unavailableReason: 'not_found' };
  const message = shortened(toMessage(found), params.maxChars);
  return Buffer.byteLength(JSON.stringify(message)) > LIMITS.history
    ? { ok: false, unavailableReason: 'oversized' }
    : { ok: true, message };
}

/** Methods on transcripts. */
export const chatHistoryHandlers: Handlers<'chat.history' | 'chat.startup' | 'chat.message.get'> = {
  'chat.history': history,
  'chat.startup': startup,
  'chat.message.get': oneMessage,
};
