/**
 * Connections to model servers, kept for the next request, and one exchange over one of them as
 * `fetch` would have it.
 *
 * @module
 */
import type { Agent as HttpAgentType, ClientRequest, IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { type LookupFunction, isIP } from 'node:net';

import { PortcullisError } from '@portcullis/core';

// Imported, this module of Node brings its client for `fetch` along: a tenth of every start.
const { Agent: HttpAgent, request: httpRequest } = process.getBuiltinModule('node:http');

/** One request that is made ready. */
export interface PreparedExchange {
  /** Sends it. Rejects with the network's own error when no answer comes. */
  send(): Promise<Response>;
  /** Lets go of it unsent. */
  abandon(): void;
}

/** Connections that wait, at most, for each server. */
const KEPT = 4;
/** How long one waits for its next request; servers close them after about as long. */
const KEPT_MS = 30_000;
const MAX_HEADER_BYTES = 65_536;
/** What a server answers on a connection that it was about to close. */
const STALE: ReadonlySet<unknown> = new Set(['ECONNRESET', 'EPIPE']);

/** The connections of one gateway to its model servers. */
export class Connections {
  readonly #http: HttpAgentType;
  readonly #https: HttpsAgent;

  /** `lookUp` gives the addresses a connection may go to; it is asked once for each connection. */
  constructor(lookUp: (host: string) => Promise<readonly string[]>) {
    const options = {
      keepAlive: true,
      maxFreeSockets: KEPT,
      timeout: KEPT_MS,
      scheduling: 'lifo',
      lookup: pinnedBy(lookUp),
      noDelay: true,
      autoSelectFamily: true,
    } as const;
    this.#http = new HttpAgent(options);
    // Said aloud, so that no variable of the environment can switch it off.
    this.#https = new HttpsAgent({ ...options, rejectUnauthorized: true, minVersion: 'TLSv1.2' });
  }

  /** Makes a request ready: its connection is made, nothing is sent. */
  open(url: URL, init: RequestInit): PreparedExchange {
    let attempt = new Attempt(this.#request(url, init));
    return {
      send: async () => {
        try {
          return await attempt.send(init.body);
        } catch (error) {
          // The server closed a waiting connection at this very moment: nothing was answered on it.
          if (!attempt.request.reusedSocket || !STALE.has(codeOf(error))) throw error;
          attempt = new Attempt(this.#request(url, init, true));
          return await attempt.send(init.body);
        }
      },
      abandon: () => void attempt.request.destroy(),
    };
  }

  /** Closes what waits. */
  close(): void {
    this.#http.destroy();
    this.#https.destroy();
  }

  #request(url: URL, init: RequestInit, fresh = false): ClientRequest {
    const secure = url.protocol === 'https:';
    const headers = Object.fromEntries(new Headers(init.headers));
    const size = typeof init.body === 'string' ? Buffer.byteLength(init.body) : undefined;
    return (secure ? httpsRequest : httpRequest)(url, {
      method: init.method ?? 'GET',
      agent: secure ? this.#https : this.#http,
      headers: {
        ...headers,
        'accept-encoding': 'identity',
        ...(size === undefined ? {} : { 'content-length': String(size) }),
        ...(fresh ? { connection: 'close' } : {}),
      },
      maxHeaderSize: MAX_HEADER_BYTES,
      insecureHTTPParser: false,
      ...(init.signal === undefined || init.signal === null ? {} : { signal: init.signal }),
    });
  }
}

/** One request, heard from the moment it is made: its connection may fail before it is sent. */
class Attempt {
  readonly request: ClientRequest;
  readonly #answer: Promise<IncomingMessage>;

  constructor(request: ClientRequest) {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    request.once('response', resolve).on('error', reject);
    request.once('close', () => reject(closed()));
    promise.catch(() => undefined);
    this.request = request;
    this.#answer = promise;
  }

  async send(body: RequestInit['body']): Promise<Response> {
    this.request.end(body);
    return toResponse(await this.#answer);
  }
}

/** Answers the look-ups of sockets with addresses that were looked at. */
function pinnedBy(lookUp: (host: string) => Promise<readonly string[]>): LookupFunction {
  return (host, options, callback) => {
    lookUp(host).then(
      (addresses) => {
        const answers = addresses.map((address) => ({ address, family: isIP(address) }));
        const [first] = answers;
        if (options.all === true) callback(null, answers);
        else callback(null, first?.address ?? '', first?.family ?? 0);
      },
      (error: Error) => callback(error, '', 0),
    );
  };
}

/** Statuses that cannot have a body. */
const EMPTY: ReadonlySet<number> = new Set([204, 205, 304]);

function toResponse(message: IncomingMessage): Response {
  const { statusCode: status = 0, rawHeaders } = message;
  const coding = message.headers['content-encoding'] ?? 'identity';
  if (status < 200 || status > 599 || coding !== 'identity') {
    message.destroy();
    throw new PortcullisError(
      'net.encoding',
      'The model server answers in a way nobody asked for.',
      {
        hint: 'It packs its answers, or is no web server. Check models.providers.*.baseUrl.',
      },
    );
  }
  const headers = new Headers();
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    headers.append(rawHeaders[index] ?? '', rawHeaders[index + 1] ?? '');
  }
  if (!EMPTY.has(status)) return new Response(streamOf(message), { status, headers });
  message.resume();
  return new Response(null, { status, headers });
}

/** A body as it comes. Cancelling it ends the connection. */
function streamOf(message: IncomingMessage): ReadableStream<Uint8Array<ArrayBuffer>> {
  const pieces = message[Symbol.asyncIterator]() as AsyncIterableIterator<Buffer<ArrayBuffer>>;
  return new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull: async (controller) => {
      const { done = false, value } = await pieces.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: () => {
      message.destroy();
    },
  });
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}

function closed(): PortcullisError {
  return new PortcullisError(
    'net.failed',
    'The connection was closed before there was an answer.',
    {
      hint: 'Try again later.',
      retryable: true,
    },
  );
}
