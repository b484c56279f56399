/**
 * `POST /v1/responses`, as OpenAI's clients speak it.
 *
 * @module
 */
import { describeFault, type ResponsesRequest, responsesRequestSchema } from '@portcullis/protocol';

import type { AskedBy, HttpRoute, Reply } from '../route.ts';
import { answerRequest, isFault, isServed } from './endpoint.ts';
import { type ApiFault, invalid, refuseCall } from './refusal.ts';
import { type ResponseHead, responseNarrator, wholeResponse } from './response-events.ts';
import { runIdOf } from './run.ts';
import { agentOf, idempotencyKeyOf, kept, namesSession, sessionOf, type Target } from './target.ts';
import { type ClientMessage, wordsOf } from './words.ts';

async function respond(asked: AskedBy): Promise<Reply> {
  const { request, caller, options, body } = asked;
  const checked = responsesRequestSchema.safeParse(body, { reportInput: true });
  if (!checked.success) return refuseCall(invalid(describeFault(checked.error)));
  const { model, user = null, stream, previous_response_id: previous = null } = checked.data;
  const agentId = agentOf(request, model, options.services);
  if (typeof agentId !== 'string') return refuseCall(agentId);
  const target = await targetOf(asked, agentId, checked.data);
  if (isFault(target)) return refuseCall(target);
  const { sessionKey, isOnce, rest } = target;
  const words = wordsOf(messagesOf(checked.data), !isOnce);
  if (isFault(words)) return refuseCall(words);
  const idempotencyKey = idempotencyKeyOf(request);
  const runId = runIdOf(caller, sessionKey, idempotencyKey);
  const head: ResponseHead = {
    id: responseId(isOnce ? undefined : rest, runId),
    messageId: `msg_${runId}`,
    createdAt: Math.floor(Date.now() / 1000),
    model,
    previousId: previous,
    user,
    stored: !isOnce,
  };
  return await answerRequest(
    asked,
    { ...words, sessionKey, isOnce, idempotencyKey, runId },
    {
      whole: (answered) => wholeResponse(head, answered),
      ...(stream === true && { narrate: () => responseNarrator(head) }),
    },
  );
}

function messagesOf({ input, instructions }: ResponsesRequest): readonly ClientMessage[] {
  const given: readonly ClientMessage[] =
    typeof input === 'string'
      ? [{ role: 'user', text: input, images: [] }]
      : input.map(({ role, content }) => ({
          role: role === 'developer' ? 'system' : role,
          ...partsOf(content),
        }));
  if (typeof instructions !== 'string') return given;
  return [{ role: 'system', text: instructions, images: [] }, ...given];
}

type Content = Extract<ResponsesRequest['input'], readonly unknown[]>[number]['content'];

function partsOf(content: Content): Pick<ClientMessage, 'text' | 'images'> {
  if (typeof content === 'string') return { text: content, images: [] };
  const texts: string[] = [];
  const images: string[] = [];
  for (const part of content) {
    if (part.type === 'input_image') images.push(part.image_url);
    else texts.push(part.text);
  }
  return { text: texts.join('\n'), images };
}

/** The id of a response says in which of the caller's own sessions it can be gone on with. */
function responseId(rest: string | undefined, runId: string): string {
  if (rest === undefined) return `resp_${runId}`;
  return `resp_${Buffer.from(JSON.stringify([rest, runId])).toString('base64url')}`;
}

async function targetOf(
  asked: AskedBy,
  agentId: string,
  { previous_response_id: previous, user, store }: ResponsesRequest,
): Promise<Target | ApiFault> {
  const { request, caller, options } = asked;
  if (typeof previous !== 'string') {
    const idempotencyKey = idempotencyKeyOf(request);
    return sessionOf(request, caller, agentId, { user, keep: store !== false, idempotencyKey });
  }
  if (namesSession(request)) {
    return invalid('x-openclaw-session-key cannot stand beside previous_response_id');
  }
  const named = readResponseId(previous);
  if (named === undefined) return NO_PREVIOUS;
  const target = kept(caller, agentId, named.rest);
  const session = await options.services.sessions.get(target.sessionKey);
  if (session === undefined) return NO_PREVIOUS;
  // A session is a line, not a tree: a repeat of the very request that went on is let through.
  const next = runIdOf(caller, target.sessionKey, idempotencyKeyOf(request));
  return session.lastRunId === named.runId || session.lastRunId === next ? target : NOT_LATEST;
}

function readResponseId(id: string): { readonly rest: string; readonly runId: string } | undefined {
  try {
    const text = Buffer.from(id.replace(/^resp_/u, ''), 'base64url').toString();
    const value: unknown = JSON.parse(text);
    if (!Array.isArray(value)) return undefined;
    const [rest, runId]: readonly unknown[] = value;
    const isPlain = typeof rest === 'string' && /^[^\p{C}\s]{1,300}$/u.test(rest);
    return isPlain && typeof runId === 'string' ? { rest, runId } : undefined;
  } catch {
    return undefined;
  }
}

const NO_PREVIOUS: ApiFault = {
  status: 404,
  type: 'invalid_request_error',
  code: 'previous_response_not_found',
  message: 'There is no response of yours with this id that can be gone on with.',
  param: 'previous_response_id',
};

const NOT_LATEST: ApiFault = {
  status: 409,
  type: 'invalid_request_error',
  code: 'previous_response_not_latest',
  message: 'The conversation has moved on: go on after its latest response.',
  param: 'previous_response_id',
};

/** The endpoint. Off unless `gateway.http.endpoints.responses.enabled`. */
export const responses: HttpRoute = {
  paths: ['/v1/responses'],
  methods: ['POST'],
  access: 'operator.write',
  isOn: (options) => isServed(options, 'responses'),
  answer: respond,
};
