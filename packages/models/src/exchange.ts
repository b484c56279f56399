/**
 * One HTTP exchange with a model server: the credentials, the origin check, the clocks and the
 * size of the wire.
 *
 * The client library gets a `fetch` from here and nothing else: it never sees the key, cannot
 * reach another origin, and every failure it can meet was already named by the time it meets it.
 *
 * @module
 */
import { PortcullisError, Secret } from '@portcullis/core';

import {
  aborted,
  badResponse,
  headerInvalid,
  httpFailure,
  unreachable,
  wrongOrigin,
} from './failure.ts';
import type { ModelSettings } from './settings.ts';
import { Watchdog } from './watchdog.ts';

/** Longest line of a stream, in bytes: a parser would keep it whole in memory. */
const LINE_LIMIT = 4_000_000;

/** Wire bytes allowed per unit of output: framing around one-token deltas is that much larger. */
const FRAMING_FACTOR = 128;

const NEWLINE = 0x0a;

const CREDENTIALS = ['authorization', 'x-api-key'] as const;

/** What an exchange is about. */
export interface ExchangeOptions {
  /** `<provider>/<model>`, for messages. */
  readonly model: string;
  readonly baseUrl: URL;
  /** Headers set on every request, over those of the client library. */
  readonly headers: Readonly<Record<string, Secret | string>>;
  readonly settings: ModelSettings;
  /** The way to the network. */
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** The caller's signal. */
  readonly signal: AbortSignal;
}

/** One exchange with one server. Nothing is sent until {@link Exchange.fetch} is called. */
export class Exchange {
  readonly #options: ExchangeOptions;
  readonly #controller: AbortController = new AbortController();
  readonly #stopped: () => void;
  #failure: PortcullisError | undefined;
  #watchdog: Watchdog | undefined;

  constructor(options: ExchangeOptions) {
    this.#options = options;
    this.#stopped = () => this.#end(aborted(options.model));
    if (options.signal.aborted) this.#stopped();
    else options.signal.addEventListener('abort', this.#stopped, { once: true });
  }

  /** Aborts when the caller, a clock or {@link Exchange.close} ends the exchange. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The first failure; undefined while all is well. */
  get failure(): PortcullisError | undefined {
    return this.#failure;
  }

  /** True once a request was about to leave. */
  get started(): boolean {
    return this.#watchdog !== undefined;
  }

  /** The `fetch` to hand to the client library. */
  readonly fetch: typeof globalThis.fetch = async (input, init) => {
    const { model, baseUrl, settings } = this.#options;
    if (this.#failure !== undefined) throw this.#failure;
    const url = new URL(input instanceof Request ? input.url : input);
    if (url.origin !== baseUrl.origin) throw this.#end(wrongOrigin(model));
    for (const [name, value] of baseUrl.searchParams) url.searchParams.append(name, value);
    const headers = this.#headers(init?.headers);
    this.#watchdog?.stop();
    this.#watchdog = new Watchdog(model, settings.timeouts, (failure) => this.#end(failure));
    try {
      const sent = { ...init, headers, redirect: 'manual', signal: this.signal } as const;
      const response = await this.#options.fetch(url.href, sent);
      if (!response.ok) throw await httpFailure(model, response, Date.now());
      if (response.body === null) throw badResponse(model, 'sent an empty answer');
      const { status } = response;
      return new Response(this.#watched(response.body, this.#watchdog), {
        status,
        headers: response.headers,
      });
    } catch (error) {
      throw this.#name(error, 'cannot be reached');
    }
  };

  /** Ends the exchange and closes the connection. Safe to call more than once. */
  close(): void {
    this.#watchdog?.stop();
    this.#options.signal.removeEventListener('abort', this.#stopped);
    this.#controller.abort();
  }

  /** Ends the exchange with a failure, unless it failed before; returns the one that counts. */
  #end(failure: PortcullisError): PortcullisError {
    this.#failure ??= failure;
    this.close();
    return this.#failure;
  }

  /** Names an error. The network's own errors are dropped: they can hold addresses and headers. */
  #name(error: unknown, what: string): PortcullisError {
    const named = PortcullisError.is(error) ? error : unreachable(this.#options.model, what);
    return this.#end(named);
  }

  #headers(given: RequestInit['headers']): Headers {
    const headers = new Headers(given);
    headers.set('user-agent', 'portcullis');
    // What the library put there is a placeholder or someone else's.
    for (const name of CREDENTIALS) headers.delete(name);
    for (const [name, value] of Object.entries(this.#options.headers)) {
      try {
        headers.set(name, value instanceof Secret ? value.reveal() : value);
      } catch {
        // The platform's own error quotes the value.
        throw this.#end(headerInvalid(this.#options.model));
      }
    }
    return headers;
  }

  /** Passes a body on, with the clocks running only for the server's time, and its size bounded. */
  #watched(
    body: ReadableStream<Uint8Array<ArrayBuffer>>,
    watchdog: Watchdog,
  ): ReadableStream<Uint8Array<ArrayBuffer>> {
    const reader = body.getReader();
    const check = sizeGuard(this.#options.model, this.#options.settings.maxOutputLength);
    return new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull: async (controller) => {
        try {
          watchdog.waitForPiece();
          const { done, value } = await reader.read();
          watchdog.piece();
          if (done) {
            watchdog.stop();
            controller.close();
            return;
          }
          check(value);
          controller.enqueue(value);
        } catch (error) {
          controller.error(this.#name(error, 'broke the connection'));
        }
      },
      cancel: (reason) => reader.cancel(reason),
    });
  }
}

/** Refuses a stream whose lines or whole are larger than any answer we would accept. */
function sizeGuard(model: string, maxOutputLength: number): (piece: Uint8Array) => void {
  const limit = LINE_LIMIT + maxOutputLength * FRAMING_FACTOR;
  let total = 0;
  let line = 0;
  return (piece) => {
    total += piece.byteLength;
    const end = piece.lastIndexOf(NEWLINE);
    line = end === -1 ? line + piece.byteLength : piece.byteLength - end - 1;
    if (line > LINE_LIMIT || total > limit) throw badResponse(model, 'sent more than an answer');
  };
}
