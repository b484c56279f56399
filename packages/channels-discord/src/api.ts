/**
 * The REST API of one token: the client library underneath, {@link CallError} on the way out.
 *
 * The library is imported here and only when a channel is made. Left to itself it tries a request
 * again after a server's fault, which may be a message sent twice, and waits out rate limits in
 * silence; here neither happens: every call is one request, and its caller is told what became of it.
 *
 * @module
 */
import type * as Library from '@discordjs/rest';
import type { RawFile, RESTOptions } from '@discordjs/rest';
import { readCapped } from '@portcullis/channel-kit';
import type { Secret } from '@portcullis/core';
import { CallError, isUnauthorized, toCallFailure } from './errors.ts';
import { LIMITS, type Timings } from './timings.ts';

/** An answer bigger than this is not an answer of the API. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;
const WINDOW_MS = 10 * 60_000;
const MAX_HANDLERS = 500;

/** One call. */
export interface ApiCall {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** Without the version: `/channels/1/messages`. */
  readonly path: `/${string}`;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: object;
  readonly files?: readonly RawFile[];
  /** False where the path itself holds the secret, as interactions have it. Default true. */
  readonly auth?: boolean;
}

/** Calls the API. */
export interface Api {
  /** Makes one request. Rejects with {@link CallError}. */
  call(call: ApiCall, signal: AbortSignal): Promise<unknown>;
  /** Calls `listener` when Discord says that the token is not valid. */
  onUnauthorized(listener: () => void): () => void;
}

type Fetch = RESTOptions['makeRequest'];

/** The library's `fetch`, which ends a stalled answer and follows no redirect with our token. */
async function request(url: string, init: RequestInit): Promise<Response> {
  const response = await fetch(url, { ...init, redirect: 'error' });
  const { status, statusText, headers } = response;
  const body = await readCapped(response, MAX_ANSWER_BYTES);
  if (body === undefined) {
    const description = 'The answer of Discord is too large.';
    throw new CallError({ kind: 'lost', description });
  }
  return new Response(body.length === 0 ? null : body, { status, statusText, headers });
}

/** Counts what Discord refused: it bans an address that goes on asking for what it may not have. */
class Refusals {
  #counted = 0;
  #since = 0;

  /** Throws when no more calls may be made for now. */
  check(): void {
    const left = this.#since + WINDOW_MS - Date.now();
    if (left <= 0 || this.#counted < LIMITS.refusals) return;
    const description = 'Too many calls were refused; calls are held back for some minutes.';
    throw new CallError({ kind: 'limited', description, retryAfterMs: left });
  }

  count(): void {
    const now = Date.now();
    if (this.#since + WINDOW_MS <= now) {
      this.#since = now;
      this.#counted = 0;
    }
    this.#counted += 1;
  }
}

class RestApi implements Api {
  readonly #rest: Library.REST;
  readonly #refusals: Refusals = new Refusals();
  readonly #listeners: Set<() => void> = new Set();
  #revoked: CallError | undefined;

  constructor(rest: Library.REST) {
    this.#rest = rest;
  }

  async call(call: ApiCall, signal: AbortSignal): Promise<unknown> {
    const { method, path, query, body, files, auth = true } = call;
    this.#refusals.check();
    if (auth && this.#revoked !== undefined) throw this.#revoked;
    // The library never takes its listener off a signal, so it gets one that ends with the call.
    const controller = new AbortController();
    const abort = () => controller.abort();
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
    try {
      return await this.#rest[method](path, {
        auth,
        signal: controller.signal,
        ...(query === undefined ? {} : { query: new URLSearchParams(query) }),
        ...(body === undefined ? {} : { body }),
        ...(files === undefined ? {} : { files: [...files] }),
      });
    } catch (error) {
      throw this.#failed(error, auth);
    } finally {
      signal.removeEventListener('abort', abort);
      if (this.#rest.handlers.size > MAX_HANDLERS) {
        this.#rest.handlers.sweep(({ inactive }) => inactive);
      }
    }
  }

  onUnauthorized(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #failed(error: unknown, auth: boolean): CallError {
    const failure = toCallFailure(error);
    const status = failure.kind === 'answered' ? failure.status : 0;
    if (status === 401 || status === 403 || failure.kind === 'limited') this.#refusals.count();
    const failed = new CallError(failure);
    if (auth && isUnauthorized(failure)) {
      this.#revoked = failed;
      for (const listener of this.#listeners) listener();
    }
    return failed;
  }
}

/** Makes the API of one token. No network is touched. */
export function createApi(
  library: typeof Library,
  token: Secret,
  apiUrl: string,
  timings: Timings,
): Api {
  const rest = new library.REST({
    api: apiUrl,
    version: '10',
    timeout: timings.callMs,
    retries: 0,
    rejectOnRateLimit: () => true,
    // No timers of its own; what they would sweep is swept by the calls.
    hashSweepInterval: 0,
    handlerSweepInterval: 0,
    makeRequest: request as unknown as Fetch,
  }).setToken(token.reveal());
  return new RestApi(rest);
}
