/**
 * Channel webhooks: `POST /channels/<channel>/<account>/<path>`.
 *
 * The body is read only for a route that exists and admits the request by its head, is bounded in
 * size and time, and is handed over as bytes: whether the sender is who he claims is the channel's to
 * check, over exactly these bytes.
 *
 * @module
 */
import type { IncomingMessage } from 'node:http';

import type { RouteRequest, RouteResponse } from '@portcullis/core';
import { LIMITS } from '@portcullis/protocol';

import { type Answer, jsonAnswer, textAnswer } from './answer.ts';

/** What is known of a request before its body is read. */
export interface RouteHead extends Omit<RouteRequest, 'body'> {
  /** Address of the client, for limits alone: nobody is believed for where he calls from. */
  readonly client: string;
  /** What stands behind `?`, if anything does. */
  readonly query?: string;
}

/** A whole request. */
export interface RoutedRequest extends RouteHead {
  readonly body: Uint8Array;
}

/** One route: who answers its requests, and who may refuse them unread. */
export interface Route {
  readonly handle: (request: RoutedRequest) => Promise<RouteResponse>;
  readonly admit?: ((head: RouteHead) => RouteResponse | undefined) | undefined;
  /** Most bytes of a body. Default and at most {@link LIMITS.routeBody}. */
  readonly maxBytes?: number;
}

/** How long a body may take to arrive. */
const BODY_MS = 10_000;

/** How long a channel may take to answer. */
const HANDLER_MS = 30_000;

type Body = Buffer | 'too_large' | 'too_slow' | 'aborted' | 'busy';

/** Bytes that bodies may take that are being read, over all routes; and how many they take now. */
const READING_BYTES = 16_777_216;
let reading = 0;

/** Reads a body where there is room for it. Nobody has proved anything yet when it is read. */
async function readBounded(request: IncomingMessage, limit: number): Promise<Body> {
  const declared = Number(request.headers['content-length'] ?? limit);
  if (declared > limit) return 'too_large';
  // A length that is no number, or a body in chunks, may be as long as any.
  const room = declared >= 0 ? declared : limit;
  if (reading + room > READING_BYTES) return 'busy';
  reading += room;
  try {
    return await readBody(request, limit);
  } finally {
    reading -= room;
  }
}

function readBody(request: IncomingMessage, limit: number): Promise<Body> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const finish = (body: Body): void => {
      clearTimeout(deadline);
      request.removeAllListeners('data');
      resolve(body);
    };
    const deadline = setTimeout(() => finish('too_slow'), BODY_MS);
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > limit) finish('too_large');
      else chunks.push(chunk);
    });
    request.on('end', () => finish(Buffer.concat(chunks)));
    request.on('error', () => finish('aborted'));
    request.on('close', () => finish('aborted'));
  });
}

function flatHeaders(request: IncomingMessage): RouteRequest['headers'] {
  const headers: Record<string, string | undefined> = {};
  for (const [name, values] of Object.entries(request.headersDistinct)) {
    // A repeated header is handed over joined, so a signature that occurs twice matches nothing.
    headers[name] = values?.join(', ');
  }
  return headers;
}

function isType([name]: readonly [string, string]): boolean {
  return name.toLowerCase() === 'content-type';
}

function toAnswer({ status, headers = {}, body = '' }: RouteResponse): Answer {
  const entries = Object.entries(headers);
  return {
    status,
    body,
    type: entries.find(isType)?.[1] ?? 'text/plain; charset=utf-8',
    headers: Object.fromEntries(entries.filter((entry) => !isType(entry))),
  };
}

/** An answer after which nothing more is read. */
function hungUp(answer: Answer): Answer {
  return { ...answer, headers: { ...answer.headers, Connection: 'close' } };
}

async function inTime(work: Promise<RouteResponse>): Promise<RouteResponse> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<RouteResponse>((resolve) => {
    timer = setTimeout(() => resolve({ status: 503 }), HANDLER_MS);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/** Answers a request for a route. Throws what the route throws. */
export async function serveRoute(
  request: IncomingMessage,
  at: Pick<RouteHead, 'path' | 'client'>,
  { handle, admit, maxBytes = LIMITS.routeBody }: Route,
): Promise<Answer> {
  if (request.method !== 'POST') {
    return textAnswer(405, 'Method Not Allowed', { Allow: 'POST' });
  }
  const query = request.url?.split('?', 2)[1];
  const head: RouteHead = {
    ...at,
    method: 'POST',
    headers: flatHeaders(request),
    ...(query === undefined ? {} : { query }),
  };
  const refused = admit?.(head);
  if (refused !== undefined) return hungUp(toAnswer(refused));
  const body = await readBounded(request, Math.min(maxBytes, LIMITS.routeBody));
  if (body === 'busy') {
    const again = { Connection: 'close', 'Retry-After': '1' };
    return jsonAnswer(503, { error: { type: 'busy' } }, again);
  }
  if (body === 'too_large') {
    return jsonAnswer(413, { error: { type: 'too_large' } }, { Connection: 'close' });
  }
  if (body === 'too_slow') {
    return jsonAnswer(408, { error: { type: 'timeout' } }, { Connection: 'close' });
  }
  if (body === 'aborted') return textAnswer(400, 'Bad Request', { Connection: 'close' });
  return toAnswer(await inTime(handle({ ...head, body })));
}
