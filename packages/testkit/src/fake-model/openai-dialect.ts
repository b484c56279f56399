/**
 * How a fake writes OpenAI's chat completions.
 *
 * @module
 */
import { type FakeAnswer, type FakeDialect, textOf, usageOf } from './script.ts';

interface ContentBearer {
  readonly content?: unknown;
}

/** The text of a message content that is a string or a list of parts. */
export function contentText(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content
    .map((part: unknown) => {
      if (typeof part !== 'object' || part === null) return '';
      if ('text' in part && typeof part.text === 'string') return part.text;
      return 'content' in part ? contentText(part.content) : '';
    })
    .join('');
}

/** The text of the last entry of `body.messages`. */
export function lastMessageText(body: Readonly<Record<string, unknown>>): string {
  const messages: readonly unknown[] = Array.isArray(body['messages']) ? body['messages'] : [];
  const last = messages.at(-1);
  if (typeof last !== 'object' || last === null) return '';
  return contentText((last as ContentBearer).content);
}

function toolCalls(answer: FakeAnswer): readonly Record<string, unknown>[] {
  return (answer.toolCalls ?? []).map((call, index) => ({
    index,
    id: call.id ?? `call_${index + 1}`,
    type: 'function',
    function: {
      name: call.name,
      arguments: typeof call.input === 'string' ? call.input : JSON.stringify(call.input),
    },
  }));
}

function finishReason(answer: FakeAnswer): string {
  return answer.finishReason ?? ((answer.toolCalls?.length ?? 0) > 0 ? 'tool_calls' : 'stop');
}

function usage(answer: FakeAnswer): Record<string, number> {
  const { inputTokens, outputTokens } = usageOf(answer);
  return {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
  };
}

function chunk(model: string, choices: readonly unknown[], more: object = {}): string {
  const body = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model, choices };
  return `data: ${JSON.stringify({ ...body, ...more })}\n\n`;
}

function choice(delta: object, reason: string | null = null): readonly unknown[] {
  return [{ index: 0, delta, finish_reason: reason }];
}

/** Chat completions as OpenAI and its many imitators speak them. */
export const openaiDialect: FakeDialect = {
  path: '/v1/chat/completions',
  lastText: lastMessageText,
  whole(answer, model) {
    const calls = toolCalls(answer);
    const message = {
      role: 'assistant',
      content: textOf(answer),
      ...(calls.length > 0 && { tool_calls: calls }),
    };
    return {
      id: 'chatcmpl-1',
      object: 'chat.completion',
      created: 1,
      model,
      choices: [{ index: 0, message, finish_reason: finishReason(answer) }],
      usage: usage(answer),
    };
  },
  open: (_answer, model) => [chunk(model, choice({ role: 'assistant', content: '' }))],
  delta: (text, model) => chunk(model, choice({ content: text })),
  close(answer, model) {
    const calls = toolCalls(answer);
    return [
      ...calls.map((call) => chunk(model, choice({ tool_calls: [call] }))),
      chunk(model, choice({}, finishReason(answer))),
      chunk(model, [], { usage: usage(answer) }),
      'data: [DONE]\n\n',
    ];
  },
  errorFrame: (message) =>
    `data: ${JSON.stringify({ error: { message, type: 'server_error', code: null } })}\n\n`,
  error: (_status, message, code) => ({
    error: { message, type: 'invalid_request_error', param: null, code: code ?? null },
  }),
};
