/**
 * A response of `/v1/responses`: whole, and as the events that make it up.
 *
 * @module
 */
import type { Narrator } from './endpoint.ts';
import type { Answered, RunUsage } from './run.ts';
import type { EventStream } from './sse.ts';

/** What of a response is known before it is answered. */
export interface ResponseHead {
  readonly id: string;
  readonly messageId: string;
  readonly createdAt: number;
  readonly model: string;
  readonly previousId: string | null;
  readonly user: string | null;
  readonly stored: boolean;
}

interface State {
  readonly status: 'in_progress' | 'completed' | 'incomplete' | 'failed';
  readonly output?: readonly unknown[];
  readonly usage?: RunUsage;
  readonly error?: { readonly code: string; readonly message: string };
}

function response(head: ResponseHead, state: State): unknown {
  const { status, output = [], usage, error } = state;
  return {
    id: head.id,
    object: 'response',
    created_at: head.createdAt,
    status,
    background: false,
    error: error ?? null,
    incomplete_details: status === 'incomplete' ? { reason: 'max_output_tokens' } : null,
    instructions: null,
    max_output_tokens: null,
    metadata: {},
    model: head.model,
    output,
    parallel_tool_calls: false,
    previous_response_id: head.previousId,
    reasoning: { effort: null, summary: null },
    store: head.stored,
    temperature: null,
    text: { format: { type: 'text' } },
    tool_choice: 'none',
    tools: [],
    top_p: null,
    truncation: 'disabled',
    usage: usage === undefined ? null : usageOf(usage),
    user: head.user,
  };
}

function usageOf({ input, output }: RunUsage): unknown {
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: input + output,
  };
}

function textPart(text: string): unknown {
  return { type: 'output_text', text, annotations: [], logprobs: [] };
}

function message(
  head: ResponseHead,
  status: State['status'],
  content: readonly unknown[],
): unknown {
  return { id: head.messageId, type: 'message', status, role: 'assistant', content };
}

/** A response that is whole. */
export function wholeResponse(head: ResponseHead, { text, reason, usage }: Answered): unknown {
  const status = reason === 'length' ? 'incomplete' : 'completed';
  return response(head, { status, output: [message(head, status, [textPart(text)])], usage });
}

/** Tells a response as it comes. */
export function responseNarrator(head: ResponseHead): Narrator {
  const place = { item_id: head.messageId, output_index: 0, content_index: 0 };
  let told = 0;
  let text = '';
  const send = (events: EventStream, type: string, fields: object): void => {
    events.send({ type, sequence_number: told, ...fields }, type);
    told += 1;
  };
  const begin = (events: EventStream): void => {
    const whole = { response: response(head, { status: 'in_progress' }) };
    send(events, 'response.created', whole);
    send(events, 'response.in_progress', whole);
    const item = message(head, 'in_progress', []);
    send(events, 'response.output_item.added', { output_index: 0, item });
    send(events, 'response.content_part.added', { ...place, part: textPart('') });
  };
  return {
    delta: (events, delta) => {
      if (told === 0) begin(events);
      text += delta;
      send(events, 'response.output_text.delta', { ...place, delta, logprobs: [] });
    },
    done: (events, answered) => {
      if (told === 0) begin(events);
      const status = answered.reason === 'length' ? 'incomplete' : 'completed';
      const item = message(head, status, [textPart(text)]);
      send(events, 'response.output_text.done', { ...place, text, logprobs: [] });
      send(events, 'response.content_part.done', { ...place, part: textPart(text) });
      send(events, 'response.output_item.done', { output_index: 0, item });
      const whole = response(head, { status, output: [item], usage: answered.usage });
      send(events, `response.${status}`, { response: whole });
      events.end();
    },
    failed: (events, { code, message: why }) => {
      const error = { code, message: why };
      send(events, 'response.failed', { response: response(head, { status: 'failed', error }) });
      events.end();
    },
  };
}
