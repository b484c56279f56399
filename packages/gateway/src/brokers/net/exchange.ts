/**
 * One request and its answer over one connection of its own. No pool, no proxy, no cookie: two
 * sessions never meet on a connection, and nothing of the environment steers one.
 *
 * @module
 */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

import { PortcullisError, Secret } from '@portcullis/core';

import { type Body, readBody } from './decode.ts';
import { type Outgoing, isRedirect } from './outgoing.ts';

// Imported, this module of Node brings its client for `fetch` along: a tenth of every start.
const { request: httpRequest } = process.getBuiltinModule('node:http');

/** What came back. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Where it redirects to, as the server wrote it. */
  readonly location: string | undefined;
  readonly body: Body;
}

/** Says what this is, and nothing of the machine it runs on. */
const USER_AGENT = 'Mozilla/5.0 (compatible; Portcullis)';
/** Most bytes of all headers of an answer. */
const MAX_HEADER_BYTES = 32_768;
const NO_BODY: Body = { bytes: new Uint8Array(0), truncated: false };

/**
 * Sends a request and reads its answer. The socket is used up.
 *
 * Throws `net.failed`, `net.encoding`, `net.too_large`.
 */
export async function exchange(
  socket: Socket,
  out: Outgoing,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Answer> {
  try {
    const message = await send(socket, out, signal);
    const status = message.statusCode ?? 0;
    const { location } = message.headers;
    const body =
      out.method === 'HEAD' || isRedirect(status, location)
        ? NO_BODY
        : await readBody(message, message.headers['content-encoding'], maxBytes);
    return { status, headers: plainHeaders(message.headers), location, body };
  } catch (error) {
    if (PortcullisError.is(error)) throw error;
    throw failed(error);
  } finally {
    socket.destroy();
  }
}

/** An answer whose body is still to come. */
export interface OpenAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly location: string | undefined;
  /** Not unpacked: nothing but plain bytes was asked for. */
  readonly message: IncomingMessage;
}

/**
 * Sends a request and resolves with the head of its answer; whoever reads the body ends the socket.
 *
 * Throws `net.failed`, and `net.encoding` for an answer that is packed all the same.
 */
export async function openExchange(
  socket: Socket,
  out: Outgoing,
  signal: AbortSignal,
): Promise<OpenAnswer> {
  try {
    const message = await send(socket, out, signal, 'identity');
    const coding = message.headers['content-encoding'] ?? 'identity';
    if (coding.trim().toLowerCase() !== 'identity') {
      throw new PortcullisError('net.encoding', 'The answer is packed, and was not to be.', {
        hint: 'The server packs what it was asked not to pack.',
      });
    }
    const { statusCode = 0, headers } = message;
    const { location } = headers;
    return { status: statusCode, headers: plainHeaders(headers), location, message };
  } catch (error) {
    socket.destroy();
    if (PortcullisError.is(error)) throw error;
    throw failed(error);
  }
}

async function send(
  socket: Socket,
  { url: text, method, headers, body }: Outgoing,
  signal: AbortSignal,
  encodings = 'gzip, deflate, br',
): Promise<IncomingMessage> {
  const url = new URL(text);
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const request = httpRequest({
    method,
    path: `${url.pathname}${url.search}`,
    setHost: false,
    headers: {
      accept: '*/*',
      ...plainText(headers),
      host: url.host,
      'user-agent': USER_AGENT,
      'accept-encoding': encodings,
      connection: 'close',
      ...(method === 'GET' || method === 'HEAD'
        ? {}
        : { 'content-length': String(body?.length ?? 0) }),
    },
    // Our own socket, which is why no agent and no pool has a part in this.
    createConnection: () => socket,
    maxHeaderSize: MAX_HEADER_BYTES,
    insecureHTTPParser: false,
    signal,
  });
  request.once('response', resolve);
  request.on('error', reject);
  request.once('close', () => reject(failed()));
  request.end(body);
  return await promise;
}

function plainText(headers: Outgoing['headers']): Record<string, string> {
  return Object.fromEntries(
    [...headers].map(([name, value]) => [name, value instanceof Secret ? value.reveal() : value]),
  );
}

/** The headers as plain text, without those that would be kept by a browser. */
function plainHeaders(headers: IncomingHttpHeaders): Readonly<Record<string, string>> {
  const plain = Object.entries(headers).flatMap(([name, value]) => {
    if (value === undefined || name === 'set-cookie') return [];
    return [[name, Array.isArray(value) ? value.join(', ') : value] as const];
  });
  return Object.fromEntries(plain);
}

/** The connection broke before the answer was complete. */
export function failed(cause?: unknown): PortcullisError {
  return new PortcullisError('net.failed', 'The connection broke before the answer was complete.', {
    hint: 'Try again later.',
    retryable: true,
    cause,
  });
}
