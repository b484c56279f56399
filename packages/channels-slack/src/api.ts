/**
 * The Web API of one account: Slack's own client underneath, {@link CallError} on the way out.
 *
 * The client is imported here and only when a channel is made. Its retries are off, which is what
 * we need: a send that is tried again blindly may be a message sent twice.
 *
 * @module
 */
import { readCapped } from '@portcullis/channel-kit';
import type { Secret } from '@portcullis/core';
import type { Logger as SlackLogger } from '@slack/bolt';
import type { WebClientOptions } from '@slack/web-api';
import { CallError, notUnderstood, toCallFailure } from './errors.ts';

/** How long things may take, milliseconds. Tests shorten them; nobody else needs to. */
export interface Timings {
  /** A call of the Web API. */
  readonly callMs: number;
  /** An upload of a file. */
  readonly uploadMs: number;
  /** A socket that does not answer a ping for this long is dead. */
  readonly pongMs: number;
  /** How long Slack may take to say hello on a new socket, and to say goodbye on an old one. */
  readonly helloMs: number;
  /** How often we make sure that Slack still takes our login. */
  readonly checkMs: number;
  /** By then Slack is told that a request could not be stored; it waits for 3 seconds. */
  readonly answerMs: number;
  /** First pause after a fault; it doubles with every further one. */
  readonly backoffMinMs: number;
  /** Longest pause after a fault. */
  readonly backoffMaxMs: number;
}

/** The timings of a real channel. */
export const DEFAULT_TIMINGS: Timings = {
  callMs: 30_000,
  uploadMs: 300_000,
  pongMs: 15_000,
  helloMs: 10_000,
  checkMs: 300_000,
  answerMs: 2500,
  backoffMinMs: 500,
  backoffMaxMs: 30_000,
};

/** Who we are: one app in one workspace. */
export interface BotIdentity {
  /** The bot's user, `U…`. */
  readonly userId: string;
  /** The bot itself, `B…`. */
  readonly botId: string | undefined;
  /** The workspace, `T…`. */
  readonly teamId: string;
  /** The bot's handle. */
  readonly name: string;
}

/** An answer bigger than this is not an answer of the Web API. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

type Answer = Readonly<Record<string, unknown>>;
type Arguments = Readonly<Record<string, unknown>>;

/** Calls the Web API. Every method rejects with {@link CallError}. */
export interface WebApi {
  /** The address of the Web API, without a slash at its end. */
  readonly url: string;
  /** The bot's token, for files. */
  readonly token: Secret;
  /** What Bolt and the socket need to make the same calls in the same way. */
  readonly clientOptions: WebClientOptions & { readonly fetch: typeof fetch };
  call(method: string, parameters: Arguments, signal: AbortSignal): Promise<Answer>;
  /** Who the token belongs to. */
  whoWeAre(signal: AbortSignal): Promise<BotIdentity>;
  /** Posts bytes to an address Slack gave. No token goes there. */
  post(url: URL, bytes: Uint8Array<ArrayBuffer>, signal: AbortSignal): Promise<void>;
}

const nothing = () => undefined;

/** A logger for Slack's libraries: they write down addresses, bodies and messages, so it is deaf. */
export async function deafLogger(): Promise<SlackLogger> {
  const { LogLevel } = await import('@slack/bolt');
  return {
    debug: nothing,
    info: nothing,
    warn: nothing,
    error: nothing,
    setLevel: nothing,
    setName: nothing,
    getLevel: () => LogLevel.ERROR,
  };
}

/** Fetches with a bounded answer that is whole, or rejects. */
async function fetchWhole(
  url: string | URL | Request,
  init: RequestInit,
  signal: AbortSignal,
): Promise<Response> {
  // A redirect would carry the message, and the token with it, to wherever it points.
  const response = await fetch(url, { ...init, redirect: 'error', signal });
  const body = await readCapped(response, MAX_ANSWER_BYTES);
  if (body === undefined) throw notUnderstood();
  const { status, statusText, headers } = response;
  return new Response(body, { status, statusText, headers });
}

function boundedFetch(ms: number, stop: AbortSignal | undefined): typeof fetch {
  return async (url, init = {}) => {
    const ends = [AbortSignal.timeout(ms), stop, init.signal];
    const signal = AbortSignal.any(ends.filter((end) => end instanceof AbortSignal));
    return await fetchWhole(url, init, signal);
  };
}

/** Options of a client: ours is the fetch, nothing is tried twice, and no other server is called. */
function optionsFor(
  url: string,
  logger: SlackLogger,
  ms: number,
  stop?: AbortSignal,
): WebClientOptions & { readonly fetch: typeof fetch } {
  return {
    slackApiUrl: `${url}/`,
    allowAbsoluteUrls: false,
    rejectRateLimitedCalls: true,
    retryConfig: { retries: 0 },
    logger,
    fetch: boundedFetch(ms, stop),
  };
}

function text(answer: Answer, key: string): string | undefined {
  const value = answer[key];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Makes the Web API of one token. No network is touched. */
export async function createWebApi(token: Secret, url: string, timings: Timings): Promise<WebApi> {
  const { WebClient } = await import('@slack/web-api');
  const logger = await deafLogger();
  const call = async (method: string, parameters: Arguments, signal: AbortSignal) => {
    try {
      // One client a call: it has no other way to end a call that is under way.
      const client = new WebClient(token.reveal(), optionsFor(url, logger, timings.callMs, signal));
      return { ...(await client.apiCall(method, { ...parameters })) };
    } catch (error) {
      throw new CallError(toCallFailure(error));
    }
  };
  return {
    url,
    token,
    clientOptions: optionsFor(url, logger, timings.callMs),
    call,
    async whoWeAre(signal) {
      const answer = await call('auth.test', {}, signal);
      const [userId, teamId] = [text(answer, 'user_id'), text(answer, 'team_id')];
      if (userId === undefined || teamId === undefined) throw notUnderstood();
      const name = text(answer, 'user') ?? userId;
      return { userId, teamId, name, botId: text(answer, 'bot_id') };
    },
    async post(to, bytes, signal) {
      const headers = { 'content-type': 'application/octet-stream' };
      const all = AbortSignal.any([signal, AbortSignal.timeout(timings.uploadMs)]);
      const init = { method: 'POST', headers, body: bytes };
      const response = await fetchWhole(to, init, all).catch((error: unknown) => {
        throw new CallError(toCallFailure(error));
      });
      if (!response.ok) throw new CallError({ kind: 'broken', status: response.status });
    },
  };
}
