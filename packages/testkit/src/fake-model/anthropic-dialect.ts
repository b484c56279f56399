/**
 * How a fake writes Anthropic's messages.
 *
 * @module
 */
import { lastMessageText } from './openai-dialect.ts';
import { type FakeAnswer, type FakeDialect, textOf, usageOf } from './script.ts';

function frame(type: string, fields: object): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
}

function stopReason(answer: FakeAnswer): string {
  return answer.finishReason ?? ((answer.toolCalls?.length ?? 0) > 0 ? 'tool_use' : 'end_turn');
}

function usage(answer: FakeAnswer): Record<string, number> {
  const { inputTokens, outputTokens } = usageOf(answer);
  return { input_tokens: inputTokens, output_tokens: outputTokens };
}

function callId(id: string | undefined, index: number): string {
  return id ?? `call_${index + 1}`;
}

/** The messages API as Anthropic speaks it. */
export const anthropicDialect: FakeDialect = {
  path: '/v1/messages',
  lastText: lastMessageText,
  whole(answer, model) {
    const calls = (answer.toolCalls ?? []).map((call, index) => ({
      type: 'tool_use',
      id: callId(call.id, index),
      name: call.name,
      input: call.input,
    }));
    return {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model,
      content: [{ type: 'text', text: textOf(answer) }, ...calls],
      stop_reason: stopReason(answer),
      stop_sequence: null,
      usage: usage(answer),
    };
  },
  open(answer, model) {
    const message = {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model,
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: { ...usage(answer), output_tokens: 1 },
    };
    return [
      frame('message_start', { message }),
      frame('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
    ];
  },
  delta: (text) => frame('content_block_delta', { index: 0, delta: { type: 'text_delta', text } }),
  close(answer) {
    const calls = (answer.toolCalls ?? []).flatMap((call, at) => {
      const index = at + 1;
      const block = { type: 'tool_use', id: callId(call.id, at), name: call.name, input: {} };
      const partial_json = typeof call.input === 'string' ? call.input : JSON.stringify(call.input);
      return [
        frame('content_block_start', { index, content_block: block }),
        frame('content_block_delta', { index, delta: { type: 'input_json_delta', partial_json } }),
        frame('content_block_stop', { index }),
      ];
    });
    return [
      frame('content_block_stop', { index: 0 }),
      ...calls,
      frame('message_delta', {
        delta: { stop_reason: stopReason(answer), stop_sequence: null },
        usage: { output_tokens: usageOf(answer).outputTokens },
      }),
      frame('message_stop', {}),
    ];
  },
  errorFrame: (message) => frame('error', { error: { type: 'overloaded_error', message } }),
  error: (_status, message, code) => ({
    type: 'error',
    error: { type: code ?? 'invalid_request_error', message },
  }),
};
