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

import { type Answer, textAnswer } from './answer.ts';
import { BodyRoom, unreadAnswer } from './body.ts';

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

/** How long a channel may take to answer. */
const HANDLER_MS = 30_000;

/** Nobody has proved anything yet when these bodies are read, so that all share one room. */
const UNPROVED = new BodyRoom(16_777_216);

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
  const body = await UNPROVED.read(request, Math.min(maxBytes, LIMITS.routeBody));
  if (typeof body === 'string') return unreadAnswer(body);
  return toAnswer(await inTime(handle({ ...head, body })));
}
