/**
 * `openclaw agent`: one message to the agent, and its answer as it comes.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { PortcullisError } from '@portcullis/core';
import type { ChatEvent } from '@portcullis/protocol';

import type { CommandHandler, Invocation } from '../command.ts';
import type { Output } from '../terminal/output.ts';
import { type OperatorSession, withOperator } from './operator-session.ts';

const DEFAULT_TIMEOUT_S = 600;

/** How long the last event may come after the news that the run has ended. */
const GRACE_MS = 1000;

type Ended = Exclude<ChatEvent, { readonly state: 'delta' }>;

function isOf(runId: string, payload: unknown): payload is ChatEvent {
  return (
    typeof payload === 'object' &&
    payload !== null &&
    'runId' in payload &&
    payload.runId === runId &&
    'state' in payload
  );
}

function textOf(message: ChatEvent['message']): string | undefined {
  return message?.content.map((part) => part.text).join('');
}

/** Hears one run, and prints what is new as it comes. */
class Answer {
  readonly #runId: string;
  /** Where to print; undefined when the answer is wanted whole. */
  readonly #out: Output | undefined;
  readonly #end = Promise.withResolvers<Ended>();
  /** What was heard so far. */
  text = '';
  sessionKey: string | undefined;

  constructor(runId: string, out: Output | undefined) {
    this.#runId = runId;
    this.#out = out;
  }

  readonly hear = (event: string, payload: unknown): void => {
    if (event !== 'chat' || !isOf(this.#runId, payload)) return;
    this.sessionKey = payload.sessionKey;
    if (payload.state === 'delta') {
      if (payload.replace === true) this.#replace(payload.deltaText);
      else this.add(payload.deltaText);
      return;
    }
    this.complete(textOf(payload.message));
    this.#end.resolve(payload);
  };

  add(text: string): void {
    this.text += text;
    this.#out?.prose(text);
  }

  /** Adds what is missing of the whole text, which events may have left out. */
  complete(whole: string | undefined): void {
    if (whole === undefined || whole === this.text) return;
    if (whole.startsWith(this.text)) this.add(whole.slice(this.text.length));
    else this.#replace(whole);
  }

  /** Resolves with the last event, or with nothing when it does not come. */
  async ended(): Promise<Ended | undefined> {
    const controller = new AbortController();
    const late = sleep(GRACE_MS, undefined, { signal: controller.signal }).catch(() => undefined);
    const end = await Promise.race([this.#end.promise, late]);
    controller.abort();
    return end;
  }

  #replace(text: string): void {
    this.#out?.endLine();
    this.text = '';
    this.add(text);
  }
}

async function messageOf({ input, doors }: Invocation): Promise<string> {
  const written = input.text('message') ?? '';
  const message = written === '-' ? await doors.readInput() : written;
  if (message.trim() !== '') return message;
  throw new PortcullisError('usage.missing', 'The message is empty.', {
    hint: 'Write something after --message.',
  });
}

function failure(end: Ended | undefined, status: 'ok' | 'error' | 'timeout', seconds: number) {
  if (status === 'timeout') {
    return new PortcullisError('agent.timeout', `There was no answer within ${seconds} seconds.`, {
      hint: 'The agent goes on; "openclaw sessions show" has its answer later. --timeout waits longer.',
    });
  }
  if (end?.state === 'aborted') {
    return new PortcullisError('agent.aborted', 'Somebody stopped the answer.', {
      hint: 'Send the message again.',
    });
  }
  if (end?.state !== 'error' && status === 'ok') return undefined;
  const why = end?.state === 'error' ? end.errorMessage : 'The agent could not answer.';
  return new PortcullisError('agent.failed', why, {
    hint: '"openclaw logs" says more; "openclaw models list" shows whether its model can be used.',
  });
}

/** The answer as it is stored, for when its events were missed. */
async function storedText(session: OperatorSession, sessionKey: string, runId: string) {
  const page = await session.ask('sessions.get', { key: sessionKey, limit: 20 });
  const last = page.messages.findLast(
    ({ role, __openclaw: place }) => role === 'assistant' && place.runId === runId,
  );
  return last?.content.map((part) => (part.type === 'text' ? part.text : '')).join('');
}

/** `openclaw agent --message TEXT`. */
export const askAgent: CommandHandler = (invocation) =>
  withOperator(
    invocation,
    async (session) => {
      const { context, input, out, json } = invocation;
      const sessionKey = input.text('session') ?? 'main';
      const seconds = input.count('timeout') ?? DEFAULT_TIMEOUT_S;
      const runId = randomUUID();
      const message = await messageOf(invocation);
      const answer = new Answer(runId, json ? undefined : out);
      const stopHearing = session.onEvent(answer.hear);
      try {
        await session.ask('chat.send', { sessionKey, message, idempotencyKey: runId });
        const { status } = await session.ask('agent.wait', { runId, timeoutMs: seconds * 1000 });
        const end = status === 'timeout' ? undefined : await answer.ended();
        if (end === undefined && status === 'ok') {
          answer.complete(await storedText(session, sessionKey, runId));
        }
        out.endLine();
        const failed = failure(end, status, seconds);
        if (failed !== undefined) throw failed;
        if (json) out.json(documentOf(answer, end, { runId, sessionKey }));
      } catch (error) {
        out.endLine();
        if (context.signal.aborted) await session.tidy('chat.abort', { sessionKey, runId });
        throw error;
      } finally {
        stopHearing();
      }
    },
    { live: true },
  );

function documentOf(
  { text, sessionKey }: Answer,
  end: Ended | undefined,
  asked: { readonly runId: string; readonly sessionKey: string },
) {
  const final = end?.state === 'final' ? end : undefined;
  return {
    ok: true,
    runId: asked.runId,
    sessionKey: sessionKey ?? asked.sessionKey,
    text,
    ...(final?.stopReason !== undefined && { stopReason: final.stopReason }),
    ...(final?.usage !== undefined && { usage: final.usage }),
  };
}
