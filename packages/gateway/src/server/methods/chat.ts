/**
 * Methods of operator chat.
 *
 * @module
 */
import { LIMITS, type Message, type MethodParams, type MethodResult } from '@portcullis/protocol';

import type { Services } from '../../services.ts';
import type { Handlers, MethodContext } from '../plane.ts';
import { invalidRequest } from '../refusal.ts';
import { sessionDefaults, toMessage, toSessionRow } from '../views.ts';
import { modelRows } from './models.ts';
import { sendMessage } from './send.ts';
import { keyOf } from './session-key.ts';

/** Messages on a page when the client names no limit. */
const DEFAULT_PAGE = 200;

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

async function history(
  params: MethodParams<'chat.history'>,
  { services }: MethodContext,
): Promise<MethodResult<'chat.history'>> {
  if (params.cursor !== undefined) return { kind: 'reset' };
  const key = keyOf(services, params.sessionKey, params.agentId);
  const { limit = DEFAULT_PAGE, offset = 0 } = params;
  const [page, session] = await Promise.all([
    services.chat.history(key, { limit, offset }),
    services.sessions.get(key),
  ]);
  const rows = page.messages.map((message) => shortened(toMessage(message), params.maxChars));
  const maxBytes = Math.min(params.maxBytes ?? LIMITS.history, LIMITS.history);
  const messages = [...withinBytes(rows, maxBytes)];
  const hasMore = page.hasMore || messages.length < rows.length;
  return {
    sessionKey: params.sessionKey,
    ...(page.sessionId !== undefined && { sessionId: page.sessionId }),
    messages,
    hasMore,
    totalMessages: page.totalMessages,
    ...(hasMore && { nextOffset: offset + messages.length }),
    pendingInputs: { items: [], total: 0 },
    defaults: sessionDefaults(services.models()),
    ...(session !== undefined && { sessionInfo: toSessionRow(session) }),
    ...(page.inFlight !== undefined && { inFlightRun: { ...page.inFlight } }),
  };
}

/** Refuses a message written under a transcript that has grown since, unless it is a repeat. */
async function requireLeaf(
  services: Services,
  key: string,
  expected: string | null,
  runId: string,
): Promise<void> {
  const { messages } = await services.chat.history(key, { limit: 50 });
  const leaf = messages.at(-1)?.id ?? null;
  if (leaf === expected || messages.some((message) => message.runId === runId)) return;
  throw invalidRequest('the conversation has moved on', { reason: 'active-leaf-changed' });
}

/** Methods of operator chat. */
export const chatHandlers: Handlers<
  'chat.send' | 'chat.history' | 'chat.startup' | 'chat.abort' | 'chat.metadata'
> = {
  'chat.send': async (params, context) => {
    const sessionKey = keyOf(context.services, params.sessionKey, params.agentId);
    const { message, idempotencyKey, attachments, expectedLeafEntryId: leaf } = params;
    if (leaf !== undefined) {
      await requireLeaf(context.services, sessionKey, leaf, idempotencyKey);
    }
    return sendMessage({ sessionKey, message, idempotencyKey, attachments }, context);
  },
  'chat.history': history,
  'chat.startup': history,
  'chat.abort': async ({ sessionKey, runId, agentId }, { services, caller }) => {
    const key = keyOf(services, sessionKey, agentId);
    const runIds = await services.chat.abort(caller, {
      sessionKey: key,
      ...(runId !== undefined && { runId }),
    });
    return { ok: true, aborted: runIds.length > 0, runIds: [...runIds] };
  },
  'chat.metadata': (_params, { services }) => ({
    models: modelRows(services.models()),
    commands: [],
  }),
};
