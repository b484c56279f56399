/**
 * One request to the model of a turn, and what it answered.
 *
 * @module
 */
import {
  type FinishReason,
  type Json,
  type Model,
  type ModelEvent,
  type ModelRequest,
  type ModelTool,
  type ModelUsage,
  PortcullisError,
} from '@portcullis/core';

import type { Budgets } from '../budgets/budgets.ts';
import { openModelCall } from '../budgets/model-call.ts';
import type { InboxRun } from '../intake/inbox.ts';
import type { Kernel } from '../kernel.ts';
import type { Models } from '../models.ts';
import type { TranscriptMessage, TranscriptPart } from '../services.ts';
import { readMessages, readSession } from '../session/sessions.ts';
import { buildRequest } from './prompt.ts';
import { withoutSecret } from './hidden-parts.ts';
import type { Draft } from './record.ts';
import { REPLY_CALL } from './reply.ts';
import type { ToolCall } from './tool-decision.ts';
import { type Work, siteOf } from './work.ts';
import { type Found, traced } from '../trace/traced.ts';

/** Transcript messages read for a prompt; what fits of them is sent. */
const HISTORY_MESSAGES = 400;

/** What a model answered to one request. */
export interface Reply {
  readonly text: string;
  readonly calls: readonly ToolCall[];
  readonly reason: FinishReason;
  readonly usage: ModelUsage;
  /** The model that answered, where several stand behind one. */
  readonly model?: string | undefined;
}

/** What asking needs from the rest of the gateway. */
export interface AskRooms {
  readonly budgets: Budgets;
  readonly models: Models;
}

/**
 * Asks the model once, over the transcript as it is now. What it says is heard while it says it; what
 * it may spend is set aside before.
 */
export async function askModel(
  kernel: Kernel,
  { budgets, models }: AskRooms,
  work: Work,
  model: Model,
  offered: readonly ModelTool[],
): Promise<Reply> {
  const request = await nextRequest(kernel, work, offered);
  const unsettled = await isUnsettled(kernel, work);
  const tariffs = models.tariffs(work.run.agentId);
  const grant = await openModelCall(kernel, budgets, tariffs, { run: work.run }, request);
  const { maxOutputTokens } = grant;
  const heard: Heard = { text: '', calls: [], unsettled };
  let sent = true;
  try {
    kernel.step('model.before-request');
    const bounded = maxOutputTokens === undefined ? request : { ...request, maxOutputTokens };
    return await traced('model.request', { runId: work.run.runId }, async (found) => {
      const reply = await hear(kernel, work, model.stream(bounded, work.signal), heard);
      noteUsage(found, heard);
      return reply;
    });
  } catch (error) {
    sent = !(PortcullisError.is(error) && NOT_READ.has(error.code));
    throw error;
  } finally {
    const said = `${heard.text}${heard.calls.map(({ input }) => JSON.stringify(input)).join('')}`;
    await grant.settle({ model: heard.model, usage: heard.usage, said, sent });
  }
}

/**
 * Whether the answer waits for the last gate before its asker hears any of it: as soon as the session
 * has met something private. Only callers of the API listen to their own answer while it is made.
 */
async function isUnsettled(kernel: Kernel, work: Work): Promise<boolean> {
  if (work.event.kind !== 'api') return false;
  const { flow } = siteOf(kernel, work, { id: REPLY_CALL, name: 'reply' });
  return (await flow.label()).P.length > 0;
}

/** Failures of a request that no model read. */
const NOT_READ: ReadonlySet<string> = new Set([
  'model.auth',
  'model.quota',
  'model.rate_limited',
  'model.unreachable',
  'model.context_length',
  'model.request',
  'model.redirect',
  'model.header_invalid',
]);

function noteUsage(found: Found, { model, usage }: Heard): void {
  if (model !== undefined) found['model'] = model;
  if (usage?.inputTokens !== undefined) found['inputTokens'] = usage.inputTokens;
  if (usage?.outputTokens !== undefined) found['outputTokens'] = usage.outputTokens;
}

/** What was heard of an answer so far. */
interface Heard {
  text: string;
  readonly unsettled: boolean;
  readonly calls: ToolCall[];
  usage?: ModelUsage;
  model?: string | undefined;
}

async function nextRequest(
  kernel: Kernel,
  { event, run }: Work,
  offered: readonly ModelTool[],
): Promise<ModelRequest> {
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
    tools: offered,
  });
  return { ...request, runId: run.runId };
}

async function hear(
  kernel: Kernel,
  { run, live, signal }: Work,
  pieces: AsyncIterable<ModelEvent>,
  heard: Heard,
): Promise<Reply> {
  const safe = kernel.egress.live(run.sessionKey);
  try {
    for await (const piece of pieces) {
      signal.throwIfAborted();
      if (piece.type === 'text') {
        if (heard.text === '') kernel.step('model.first-delta');
        heard.text += piece.delta;
        live.say(safe.push(piece.delta), heard.unsettled);
      } else if (piece.type === 'tool-call') {
        heard.calls.push({ id: piece.id, name: piece.name, input: piece.input });
      } else {
        kernel.step('model.after-response');
        const { reason, usage, model } = piece;
        heard.usage = usage;
        heard.model = model;
        return { text: heard.text, calls: heard.calls, reason, usage, model };
      }
    }
  } finally {
    // Also of an answer that breaks off: what was held back is part of what was said.
    live.say(safe.end(), heard.unsettled);
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
    model: reply.model ?? model,
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
