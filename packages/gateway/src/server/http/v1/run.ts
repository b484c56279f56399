/**
 * One request as a run: accepted by the one inbox, answered by the one turn, followed until it ends.
 * Promises: the caller hears nothing of an answer that may still be withheld from him; a client that
 * goes stops the run it started, unless it named the run so that it can come back for its answer.
 *
 * @module
 */
import { createHash, randomUUID } from 'node:crypto';

import { PortcullisError } from '@portcullis/core';

import type { Caller, ChatSend, GatewayNotice, TranscriptMessage } from '../../../services.ts';
import { textOf } from '../../views.ts';
import type { AskedBy } from '../route.ts';
import { type Watch, watchStanding } from '../watch.ts';
import { type ApiFault, invalid } from './refusal.ts';

/** What is asked for. */
export interface RunRequest extends Pick<
  ChatSend,
  'sessionKey' | 'message' | 'context' | 'attachments'
> {
  /** Made by {@link runIdOf}. */
  readonly runId: string;
  /** Deleted once it is answered. */
  readonly isOnce: boolean;
  /** The caller's name for it: asked for twice it runs once. */
  readonly idempotencyKey?: string | undefined;
}

/** Tokens that models read and wrote for an answer. */
export interface RunUsage {
  readonly input: number;
  readonly output: number;
}

/** An answer. */
export interface Answered {
  readonly runId: string;
  /** The answer as it may be told. */
  readonly text: string;
  readonly reason: 'stop' | 'length';
  readonly usage: RunUsage;
}

/** How a run ended for its caller. */
export type RunOutcome =
  | { readonly answered: Answered; readonly fault?: undefined }
  | { readonly answered?: undefined; readonly fault: ApiFault };

/** Told of the answer while it is made. */
export type Listener = (delta: string) => void;

/** Longest a caller waits for one answer. */
const LONGEST_MS = 600_000;
/** Messages read to find those of one run: more than a turn can write. */
const RUN_MESSAGES = 200;

/** The id of a run. Nobody else's request can have it, whatever he calls his own. */
export function runIdOf(
  { id }: Caller,
  sessionKey: string,
  idempotencyKey: string | undefined,
): string {
  if (idempotencyKey === undefined) return `api-${randomUUID()}`;
  const named = JSON.stringify([id, sessionKey, idempotencyKey]);
  return `api-${createHash('sha256').update(named).digest('hex').slice(0, 40)}`;
}

/** Has a request answered. Never throws for what the gateway says about it. */
export async function runRequest(
  asked: AskedBy,
  request: RunRequest,
  hear: Listener = () => undefined,
): Promise<RunOutcome> {
  const follower = new Follower(asked, request, hear);
  try {
    return await follower.follow();
  } catch (error) {
    follower.close();
    if (!PortcullisError.is(error)) throw error;
    return { fault: faultOf(error) };
  }
}

class Follower {
  readonly #asked: AskedBy;
  readonly #request: RunRequest;
  readonly #runId: string;
  readonly #hear: Listener;
  readonly #stop = new AbortController();
  #unlisten: (() => void) | undefined;
  #watch: Watch | undefined;
  /** The run began with this request. */
  #isBegun = false;
  /** Set once the run is this request's to stop. */
  #isOurs = false;
  /** What is heard before it is known whether the run began with this request. */
  #early: string[] | undefined = [];
  #isHeard = true;
  /** What was heard of the message that is being made. */
  #current = '';
  #final: ChatNotice | undefined;

  constructor(asked: AskedBy, request: RunRequest, hear: Listener) {
    this.#asked = asked;
    this.#request = request;
    this.#runId = request.runId;
    this.#hear = hear;
  }

  async follow(): Promise<RunOutcome> {
    const { caller, options } = this.#asked;
    const { services } = options;
    const { isOnce, idempotencyKey, runId, ...send } = this.#request;
    this.#unlisten = services.listen((notice) => this.#take(notice));
    const sent = await services.chat.send(caller, { ...send, idempotencyKey: runId });
    if (sent.differs === true) {
      this.close();
      return { fault: KEY_REUSED };
    }
    this.#isBegun = sent.status === 'started';
    this.#began(this.#isBegun);
    this.#isOurs = this.#isBegun && idempotencyKey === undefined;
    this.#attend();
    const ended = services.chat.wait(this.#runId, LONGEST_MS);
    const forgets = isOnce && idempotencyKey === undefined;
    const outcome = await Promise.race([ended, this.#left()]);
    if (outcome === 'left') {
      // Also a run that still waits in its lane is stopped, and its session goes when it has.
      this.#later(ended, forgets);
      return { fault: REVOKED };
    }
    if (outcome === 'timeout') this.#leave();
    const result = await this.#result(outcome);
    if (forgets) await this.#forget();
    this.close();
    return result;
  }

  close(): void {
    this.#watch?.close();
    this.#unlisten?.();
  }

  #attend(): void {
    const { gone } = this.#asked;
    const watch = watchStanding(this.#asked);
    this.#watch = watch;
    watch.revoked.addEventListener('abort', () => {
      // Nobody can come back for what he named with a credential that is good no more.
      this.#isOurs = this.#isBegun;
      this.#leave();
    });
    gone.addEventListener('abort', () => this.#leave(), { once: true });
    if (gone.aborted) this.#leave();
  }

  /** Whether the run began with this request: one that was under way is heard whole at its end. */
  #began(isNew: boolean): void {
    const early = this.#early ?? [];
    this.#early = undefined;
    this.#isHeard = isNew;
    if (isNew) for (const delta of early) this.#tell(delta);
  }

  #left(): Promise<'left'> {
    const { signal } = this.#stop;
    return new Promise((resolve) => {
      signal.addEventListener('abort', () => resolve('left'), { once: true });
      if (signal.aborted) resolve('left');
    });
  }

  /** The caller has gone, or may not hear the answer any more. */
  #leave(): void {
    this.#stop.abort();
    this.#abort();
  }

  #abort(): void {
    if (!this.#isOurs) return;
    const { caller, options } = this.#asked;
    const target = { sessionKey: this.#request.sessionKey, runId: this.#runId };
    options.services.chat.abort(caller, target).catch((error: unknown) => {
      options.log.warn({ error }, 'http: a run could not be stopped');
    });
  }

  #take(notice: GatewayNotice): void {
    if (notice.type === 'message') {
      const { runId, stopReason } = notice.message;
      if (runId === this.#runId && stopReason === 'toolUse') this.#current = '';
      return;
    }
    if (!('runId' in notice) || notice.runId !== this.#runId) return;
    if (notice.type === 'lifecycle') {
      if (notice.phase === 'start' && this.#stop.signal.aborted) this.#abort();
      return;
    }
    if (notice.state !== 'delta') {
      this.#final = notice;
      return;
    }
    const { deltaText = '', unsettled } = notice;
    if (unsettled === true || this.#stop.signal.aborted) return;
    if (this.#early === undefined) this.#tell(deltaText);
    else this.#early.push(deltaText);
  }

  #tell(delta: string): void {
    if (!this.#isHeard) return;
    this.#current += delta;
    this.#hear(delta);
  }

  async #result(outcome: 'ok' | 'error' | 'aborted' | 'timeout'): Promise<RunOutcome> {
    if (outcome === 'timeout') return { fault: TOO_LONG };
    if (outcome === 'aborted') {
      return { fault: this.#final?.stopReason === 'shutdown' ? STOPPING : STOPPED };
    }
    if (outcome === 'error') {
      return { fault: FAILURES[this.#final?.errorKind ?? 'unknown'] ?? FAILED };
    }
    const said = await this.#said();
    const last = said.at(-1);
    const text = this.#final?.text ?? (last === undefined ? '' : textOf(last));
    // Held back while it was made, and settled now.
    if (this.#current.trim() === '') this.#hear(text);
    const reason = last?.stopReason === 'length' ? 'length' : 'stop';
    return { answered: { runId: this.#runId, text, reason, usage: usageOf(said) } };
  }

  /** What the agent wrote in this run. */
  async #said(): Promise<readonly TranscriptMessage[]> {
    const { services } = this.#asked.options;
    const page = await services.chat.history(this.#request.sessionKey, { limit: RUN_MESSAGES });
    return page.messages.filter(({ runId, role }) => runId === this.#runId && role === 'assistant');
  }

  /** Goes on in the background until the run has ended. */
  #later(ended: Promise<unknown>, forgets: boolean): void {
    void ended
      .then(() => (forgets ? this.#forget() : undefined))
      .catch((error: unknown) => {
        this.#asked.options.log.warn({ error }, 'http: the end of a run could not be awaited');
      })
      .finally(() => this.close());
  }

  /** Takes the session of a single request away. */
  async #forget(): Promise<void> {
    const { caller, options } = this.#asked;
    await options.services.sessions
      .delete(caller, this.#request.sessionKey)
      .catch((error: unknown) => {
        options.log.warn({ error }, 'http: the session of a request could not be deleted');
      });
  }
}

type ChatNotice = Extract<GatewayNotice, { type: 'chat' }>;

function usageOf(said: readonly TranscriptMessage[]): RunUsage {
  let input = 0;
  let output = 0;
  for (const { usage } of said) {
    input += usage?.input ?? 0;
    output += usage?.output ?? 0;
  }
  return { input, output };
}

function failure(status: number, code: string, message: string): ApiFault {
  return { status, type: 'server_error', code, message };
}

const REVOKED: ApiFault = {
  status: 401,
  type: 'permission_error',
  code: 'invalid_api_key',
  message: 'The credential of this request is not valid any more.',
};
const TOO_LONG = failure(504, 'timeout', 'The answer took too long and was stopped.');
const KEY_REUSED: ApiFault = {
  status: 409,
  type: 'invalid_request_error',
  code: 'idempotency_key_reused',
  message: 'The idempotency key was used for another request.',
};
const STOPPING: ApiFault = {
  ...failure(503, 'stopping', 'The gateway is stopping. Try again in a moment.'),
  retryAfter: 5,
};
const STOPPED = failure(409, 'aborted', 'The answer was stopped.');
const FAILED = failure(
  502,
  'not_answered',
  'The request was not answered. The gateway log says why.',
);

/** What callers hear of a failure: its class, and nothing about the inside. */
const FAILURES: Readonly<Record<string, ApiFault>> = {
  timeout: failure(504, 'timeout', 'The model took too long.'),
  rate_limit: {
    status: 429,
    type: 'rate_limit_error',
    code: 'rate_limit_exceeded',
    message: 'The model is asked too often. Try again in a while.',
    retryAfter: 10,
  },
  context_length: {
    status: 400,
    type: 'invalid_request_error',
    code: 'context_length_exceeded',
    message: 'The conversation is longer than the model can read.',
  },
  refusal: {
    status: 400,
    type: 'invalid_request_error',
    code: 'content_filter',
    message: 'The model refused to answer.',
  },
};

function faultOf(error: PortcullisError): ApiFault {
  if (error.retryable || error.code.startsWith('store.')) {
    const retryAfter = Math.max(1, Math.ceil((error.retryAfterMs ?? 1000) / 1000));
    return { ...failure(503, 'busy', 'The gateway is busy. Try again in a moment.'), retryAfter };
  }
  return invalid(error.message);
}
