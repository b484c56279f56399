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

import type { RouteGuard, RouteHandler, RouteRequest, RouteResponse } from '@portcullis/core';
import { LIMITS } from '@portcullis/protocol';

import { type Answer, jsonAnswer, textAnswer } from './answer.ts';

/** One route: who answers its requests, and who may refuse them unread. */
export interface Route {
  readonly handle: RouteHandler;
  readonly admit?: RouteGuard | undefined;
}

/** How long a body may take to arrive. */
const BODY_MS = 10_000;

/** How long a channel may take to answer. */
const HANDLER_MS = 30_000;

type Body = Buffer | 'too_large' | 'too_slow' | 'aborted';

function readBody(request: IncomingMessage): Promise<Body> {
  const declared = Number(request.headers['content-length'] ?? 0);
  if (declared > LIMITS.routeBody) return Promise.resolve('too_large');
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
      if (size > LIMITS.routeBody) finish('too_large');
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
  path: string,
  { handle, admit }: Route,
): Promise<Answer> {
  if (request.method !== 'POST') {
    return textAnswer(405, 'Method Not Allowed', { Allow: 'POST' });
  }
  const head = { method: 'POST', path, headers: flatHeaders(request) };
  const refused = admit?.(head);
  if (refused !== undefined) return hungUp(toAnswer(refused));
  const body = await readBody(request);
  if (body === 'too_large') {
    return jsonAnswer(413, { error: { type: 'too_large' } }, { Connection: 'close' });
  }
  if (body === 'too_slow') {
    return jsonAnswer(408, { error: { type: 'timeout' } }, { Connection: 'close' });
  }
  if (body === 'aborted') return textAnswer(400, 'Bad Request', { Connection: 'close' });
  return toAnswer(await inTime(handle({ ...head, body })));
}
