/**
 * `POST /v1/chat/completions`, as OpenAI's clients speak it.
 *
 * @module
 */
import {
  type ChatCompletionRequest,
  chatCompletionRequestSchema,
  describeFault,
} from '@portcullis/protocol';

import type { AskedBy, HttpRoute, Reply } from '../route.ts';
import { type Narrator, answerRequest, isFault, isServed } from './endpoint.ts';
import { faultBody, invalid, refuseCall } from './refusal.ts';
import { type Answered, type RunUsage, runIdOf } from './run.ts';
import { agentOf, idempotencyKeyOf, sessionOf } from './target.ts';
import { type ClientMessage, wordsOf } from './words.ts';

async function complete(asked: AskedBy): Promise<Reply> {
  const { request, caller, options, body } = asked;
  const checked = chatCompletionRequestSchema.safeParse(body, { reportInput: true });
  if (!checked.success) return refuseCall(invalid(describeFault(checked.error)));
  const { model, user, stream, stream_options: wanted } = checked.data;
  const agentId = agentOf(request, model, options.services);
  if (typeof agentId !== 'string') return refuseCall(agentId);
  const idempotencyKey = idempotencyKeyOf(request);
  const target = sessionOf(request, caller, agentId, { user, keep: false, idempotencyKey });
  if (isFault(target)) return refuseCall(target);
  const { sessionKey, isOnce } = target;
  const words = wordsOf(checked.data.messages.map(toMessage), !isOnce);
  if (isFault(words)) return refuseCall(words);
  const runId = runIdOf(caller, sessionKey, idempotencyKey);
  const head: Head = { id: `chatcmpl-${runId}`, created: Math.floor(Date.now() / 1000), model };
  const withUsage = wanted?.include_usage === true;
  return await answerRequest(
    asked,
    { ...words, sessionKey, isOnce, idempotencyKey, runId },
    {
      whole: (answered) => completion(head, answered),
      ...(stream === true && { narrate: () => narrator(head, withUsage) }),
    },
  );
}

function toMessage(message: ChatCompletionRequest['messages'][number]): ClientMessage {
  const { role, content } = message;
  const parts = typeof content === 'string' ? [{ type: 'text' as const, text: content }] : content;
  const texts: string[] = [];
  const images: string[] = [];
  for (const part of parts ?? []) {
    if (part.type === 'text') texts.push(part.text);
    else images.push(part.image_url.url);
  }
  return { role: role === 'developer' ? 'system' : role, text: texts.join('\n'), images };
}

interface Head {
  readonly id: string;
  readonly created: number;
  readonly model: string;
}

function usageOf({ input, output }: RunUsage): Readonly<Record<string, number>> {
  return { prompt_tokens: input, completion_tokens: output, total_tokens: input + output };
}

function completion(head: Head, { text, reason, usage }: Answered): unknown {
  const message = { role: 'assistant', content: text, refusal: null };
  const choice = { index: 0, message, logprobs: null, finish_reason: reason };
  return { ...head, object: 'chat.completion', choices: [choice], usage: usageOf(usage) };
}

function narrator(head: Head, withUsage: boolean): Narrator {
  const chunk = { ...head, object: 'chat.completion.chunk' };
  let begun = false;
  const choice = (delta: object, reason: string | null = null): unknown => ({
    ...chunk,
    choices: [{ index: 0, delta, logprobs: null, finish_reason: reason }],
    ...(withUsage && { usage: null }),
  });
  return {
    delta: (events, text) => {
      if (!begun) events.send(choice({ role: 'assistant', content: '', refusal: null }));
      begun = true;
      events.send(choice({ content: text }));
    },
    done: (events, { reason, usage }) => {
      events.send(choice({}, reason));
      if (withUsage) events.send({ ...chunk, choices: [], usage: usageOf(usage) });
      events.end('[DONE]');
    },
    failed: (events, fault) => {
      events.send(faultBody(fault));
      events.end();
    },
  };
}

/** The endpoint. Off unless `gateway.http.endpoints.chatCompletions.enabled`. */
export const chatCompletions: HttpRoute = {
  paths: ['/v1/chat/completions'],
  methods: ['POST'],
  access: 'operator.write',
  isOn: (options) => isServed(options, 'chatCompletions'),
  answer: complete,
};
