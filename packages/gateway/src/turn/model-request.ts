/**
 * One request to the model of a turn, and what it answered.
 *
 * @module
 */
import {
  type FinishReason,
  type Json,
  type Model,
  type ModelUsage,
  PortcullisError,
  type Tool,
} from '@portcullis/core';

import type { InboxRun } from '../intake/inbox.ts';
import type { Kernel } from '../kernel.ts';
import type { TranscriptMessage, TranscriptPart } from '../services.ts';
import { readMessages, readSession } from '../session/sessions.ts';
import { buildRequest } from './prompt.ts';
import { withoutSecret } from './hidden-parts.ts';
import type { Draft } from './record.ts';
import type { ToolCall } from './tool-decision.ts';
import type { Work } from './work.ts';

/** Transcript messages read for a prompt; what fits of them is sent. */
const HISTORY_MESSAGES = 400;

/** What a model answered to one request. */
export interface Reply {
  readonly text: string;
  readonly calls: readonly ToolCall[];
  readonly reason: FinishReason;
  readonly usage: ModelUsage;
}

/** Asks the model once, over the transcript as it is now. What it says is heard while it says it. */
export async function askModel(
  kernel: Kernel,
  { event, run, live, signal }: Work,
  model: Model,
  offered: readonly Tool[],
): Promise<Reply> {
  const history = await kernel.store.transact(async (tx) => {
    const session = await readSession(tx, run.sessionKey);
    return session === undefined
      ? []
      : await readMessages(tx, session, { limit: HISTORY_MESSAGES });
  });
  const request = buildRequest({
    agentName: agentName(kernel, run.agentId),
    now: kernel.now(),
    inRoom: event.conversation.kind !== 'direct',
    history: withoutSecrets(kernel, history),
    tools: offered.map(({ name, description, inputSchema }) => ({
      name,
      description,
      inputSchema,
    })),
  });
  kernel.step('model.before-request');
  const heard = kernel.egress.live(run.sessionKey);
  let text = '';
  const calls: ToolCall[] = [];
  for await (const piece of model.stream(request, signal)) {
    signal.throwIfAborted();
    if (piece.type === 'text') {
      if (text === '') kernel.step('model.first-delta');
      text += piece.delta;
      live.say(heard.push(piece.delta));
    } else if (piece.type === 'tool-call') {
      calls.push({ id: piece.id, name: piece.name, input: piece.input });
    } else {
      kernel.step('model.after-response');
      live.say(heard.end());
      return { text, calls, reason: piece.reason, usage: piece.usage };
    }
  }
  signal.throwIfAborted();
  throw new PortcullisError('model.bad_response', 'The model stopped without saying why.', {
    hint: 'Try again, or choose another model with: openclaw models use <provider/model>.',
  });
}

/** The transcript as a model may read it: also without secrets that were no secrets when it was written. */
function withoutSecrets(
  { egress }: Kernel,
  history: readonly TranscriptMessage[],
): readonly TranscriptMessage[] {
  return history.map((message) => ({
    ...message,
    content: message.content.map((part) => withoutSecret(egress, part)),
  }));
}

/** What a model answered, as the transcript keeps it. */
export function assistantMessage(
  run: InboxRun,
  model: string,
  reply: Reply,
  stopReason: string,
  timestamp: number,
): Draft {
  const { inputTokens: input, outputTokens: output } = reply.usage;
  const text: TranscriptPart[] = reply.text === '' ? [] : [{ type: 'text', text: reply.text }];
  const calls = reply.calls.map(
    // Models answer in JSON: what the provider parsed is JSON again.
    ({ id, name, input: value }): TranscriptPart => ({
      type: 'toolCall',
      id,
      name,
      input: value as Json,
    }),
  );
  return {
    role: 'assistant',
    content: [...text, ...calls],
    timestamp,
    runId: run.runId,
    model,
    stopReason,
    ...(input === undefined && output === undefined
      ? {}
      : {
          usage: {
            ...(input === undefined ? {} : { input }),
            ...(output === undefined ? {} : { output }),
          },
        }),
  };
}

function agentName(kernel: Kernel, agentId: string): string {
  return kernel.agents().find(({ id }) => id === agentId)?.name ?? 'the assistant';
}
