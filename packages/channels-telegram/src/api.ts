/**
 * The Bot API of one token: grammY underneath, {@link CallFailure} on the way out.
 *
 * grammY is imported here and only when a channel is made. It never retries by itself, which is
 * what we need: a send that is tried again blindly may be a message sent twice.
 *
 * @module
 */
import { PortcullisError, type Secret } from '@portcullis/core';
import type { Api } from 'grammy';
import type { UserFromGetMe } from 'grammy/types';
import { type CallFailure, toCallFailure } from './errors.ts';
import { grammyFetch, postForm } from './transport.ts';

/** How long things may take. Tests shorten them; nobody else needs to. */
export interface Timings {
  /** How long Telegram holds an empty poll, whole seconds. */
  readonly pollSeconds: number;
  /** How much longer than that a poll may stay silent before it counts as dead, seconds. */
  readonly stallSeconds: number;
  /** How long any other call may take, seconds. */
  readonly callSeconds: number;
  /** How long the upload of a file may take, seconds. */
  readonly uploadSeconds: number;
  /** First pause after a fault, milliseconds; it doubles with every further one. */
  readonly backoffMinMs: number;
  /** Longest pause after a fault, milliseconds. */
  readonly backoffMaxMs: number;
  /** Pause while another instance polls with the same token, milliseconds. */
  readonly conflictMs: number;
  /** How often a webhook is checked, milliseconds. */
  readonly webhookCheckMs: number;
}

/** The timings of a real channel. */
export const DEFAULT_TIMINGS: Timings = {
  pollSeconds: 30,
  stallSeconds: 15,
  callSeconds: 30,
  uploadSeconds: 300,
  backoffMinMs: 500,
  backoffMaxMs: 30_000,
  conflictMs: 10_000,
  webhookCheckMs: 120_000,
};

/** Thrown inside this package only: a failed call with what became of it. */
export class CallError extends PortcullisError {
  readonly failure: CallFailure;

  constructor(failure: CallFailure) {
    super('telegram.call_failed', failure.description);
    this.failure = failure;
  }
}

/** An answer without the field it must have. It must not be acted on, nor asked for in a busy loop. */
export function notUnderstood(): CallError {
  return new CallError({ kind: 'lost', description: 'The answer of Telegram was not understood.' });
}

/** Who we are on the network. */
export type BotIdentity = Pick<UserFromGetMe, 'id' | 'username'>;

/** What a call gets: grammY's own methods and a signal in the type grammY wants. */
type Work<T> = (api: Api, signal: Parameters<Api['getMe']>[0]) => Promise<T>;

/** Calls the Bot API. Every method rejects with {@link CallError}. */
export interface BotApi {
  /** Any call but a poll. */
  call<T>(work: Work<T>, signal: AbortSignal): Promise<T>;
  /** A long poll: may be silent for `pollSeconds`, is given up after `stallSeconds` more. */
  poll<T>(work: Work<T>, signal: AbortSignal): Promise<T>;
  /** A call whose parameters are a form: the one way to send a file. Gives the result of the call. */
  upload(
    method: 'sendDocument' | 'sendPhoto',
    form: FormData,
    signal: AbortSignal,
  ): Promise<unknown>;
  /** Where a file's bytes are. Holds the token: never log it. */
  fileUrl(path: string): URL;
}

async function guarded<T>(api: Api, work: Work<T>, signal: AbortSignal): Promise<T> {
  try {
    // grammY types its signals after a polyfill; the platform's signal is what it is handed.
    return await work(api, signal as Parameters<Api['getMe']>[0]);
  } catch (error) {
    throw new CallError(toCallFailure(error));
  }
}

async function upload(url: URL, form: FormData, signal: AbortSignal): Promise<unknown> {
  const answer: unknown = await postForm(url, form, signal).catch((error: unknown) => {
    throw new CallError(toCallFailure(error));
  });
  const told = { ...(typeof answer === 'object' ? answer : {}) };
  if (Reflect.get(told, 'ok') === true) return Reflect.get(told, 'result');
  throw new CallError(toCallFailure(told));
}

/** Makes the Bot API of one token. No network is touched. */
export async function createBotApi(
  token: Secret,
  apiRoot: string,
  timings: Timings,
): Promise<BotApi> {
  const { Api: GrammyApi } = await import('grammy');
  const make = (timeoutSeconds: number) =>
    new GrammyApi(token.reveal(), {
      apiRoot,
      timeoutSeconds,
      sensitiveLogs: false,
      fetch: grammyFetch,
    });
  const calls = make(timings.callSeconds);
  const polls = make(timings.pollSeconds + timings.stallSeconds);
  return {
    call: (work, signal) => guarded(calls, work, signal),
    poll: (work, signal) => guarded(polls, work, signal),
    upload: (method, form, signal) => {
      const slow = AbortSignal.timeout(timings.uploadSeconds * 1000);
      const url = new URL(`${apiRoot}/bot${token.reveal()}/${method}`);
      return upload(url, form, AbortSignal.any([signal, slow]));
    },
    fileUrl: (path) => {
      const encoded = path.split('/').map(encodeURIComponent).join('/');
      return new URL(`${apiRoot}/file/bot${token.reveal()}/${encoded}`);
    },
  };
}
