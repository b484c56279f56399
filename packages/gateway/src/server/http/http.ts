/**
 * What the one port answers over HTTP: probes, the API, the Control UI, webhooks.
 *
 * Order of every request: method, path, Host, proxy, Origin (where something is changed), the route
 * and whether it is on, its methods, who asks, his scope, and only then the body.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

import { PortcullisError } from '@portcullis/core';

import { getPath } from '../../config/document/key-path.ts';
import { judgeArrival, judgeOrigin } from '../peer.ts';
import { holdsScope } from '../authority.ts';
import { parseJson } from '../json.ts';
import { type Answer, jsonAnswer, refusalAnswer, textAnswer, writeAnswer } from './answer.ts';
import { BodyRoom, unreadAnswer } from './body.ts';
import { prove } from './credentials.ts';
import { answerPage, insidePage, pageRoutes } from './page.ts';
import { requestPath } from './request-path.ts';
import type { Asked, HttpOptions, HttpRoute, Reply, ScopedRoute } from './route.ts';
import { routeAt } from './routes.ts';
import { judgeQuery } from './url-secrets.ts';
import { serveRoute } from './webhook.ts';

export type { HttpOptions } from './route.ts';

const METHODS_SERVED: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST']);

/** Paths that are never views of the page: unknown ones below are simply not there. */
const API = /^\/(?:api|v1|channels|hooks|tools|metrics|__openclaw)(?:\/|$)/iu;

const MAX_BODY = 2_097_152;

/** Bodies of callers who proved themselves: nobody else can fill this room. */
const PROVED = new BodyRoom(67_108_864);

const CLOSE = { Connection: 'close' } as const;

const JSON_TYPE = /^application\/json(?:\s*;\s*charset="?utf-8"?)?$/iu;

function judgeMethod(request: IncomingMessage): Answer | undefined {
  if (METHODS_SERVED.has(request.method ?? '')) return undefined;
  return textAnswer(405, 'Method Not Allowed', { Allow: 'GET, HEAD, POST', ...CLOSE });
}

function allowedBy({ methods }: HttpRoute): readonly string[] {
  return methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
}

/** Answers a request for a route of the table that is on. */
async function serve(route: HttpRoute, asked: Asked): Promise<Reply> {
  const allowed = allowedBy(route);
  if (!allowed.includes(asked.request.method ?? '')) {
    return textAnswer(405, 'Method Not Allowed', { Allow: allowed.join(', '), ...CLOSE });
  }
  return route.access === 'anybody' ? await route.answer(asked) : await serveProved(route, asked);
}

async function serveProved(route: ScopedRoute, asked: Asked): Promise<Reply> {
  const { request, peer, options } = asked;
  const proved = await prove(request, peer, options);
  const { caller } = proved;
  if (caller === undefined) return proved.refusal;
  options.vouch(request.socket);
  if (!holdsScope(caller.scopes, route.access)) {
    const error = { message: `missing scope: ${route.access}`, type: 'forbidden' };
    return jsonAnswer(403, { error }, CLOSE);
  }
  const by = { ...asked, caller, stands: proved.stands };
  if (request.method !== 'POST') return await route.answer({ ...by, body: undefined });
  const read = await readJson(request, route.maxBytes ?? MAX_BODY);
  return 'refusal' in read ? read.refusal : await route.answer({ ...by, body: read.value });
}

/** The JSON of a request. Text and forms, which any web page can post, are not taken. */
async function readJson(
  request: IncomingMessage,
  maxBytes: number,
): Promise<{ readonly value: unknown } | { readonly refusal: Answer }> {
  const { 'content-type': type = '', 'content-encoding': encoding = 'identity' } = request.headers;
  if (!JSON_TYPE.test(type) || encoding !== 'identity') {
    const error = { message: 'Send application/json, not compressed.', type: 'unsupported_media' };
    return { refusal: jsonAnswer(415, { error }, CLOSE) };
  }
  const body = await PROVED.read(request, maxBytes);
  if (typeof body === 'string') return { refusal: unreadAnswer(body) };
  const value = parseJson(body);
  if (value !== undefined) return { value };
  const error = { message: 'The body is not JSON.', type: 'invalid_request_error' };
  return { refusal: jsonAnswer(400, { error }) };
}

async function reply(asked: Asked): Promise<Reply> {
  const { request, path, peer, options } = asked;
  const webhook = options.route(path);
  if (webhook !== undefined) return serveRoute(request, { path, client: peer.clientIp }, webhook);
  const leaking = judgeQuery(request.url);
  if (leaking !== undefined) return refusalAnswer(leaking);
  const route = routeFor(path, options);
  if (route !== undefined && route.isOn?.(options) !== false) return serve(route, asked);
  if (request.method === 'POST') return textAnswer(404, 'Not Found', CLOSE);
  if (API.test(path) || route !== undefined) return textAnswer(404, 'Not Found');
  return answerPage(asked);
}

/** The route at a path, or what the page asks for below its own. */
function routeFor(path: string, options: HttpOptions): HttpRoute | undefined {
  const route = routeAt(path);
  const inside = route === undefined ? insidePage(path, options) : undefined;
  return route ?? pageRoutes.find(({ paths }) => inside !== undefined && paths.includes(inside));
}

async function judge(
  request: IncomingMessage,
  options: HttpOptions,
  gone: AbortSignal,
): Promise<Reply> {
  const refused = judgeMethod(request);
  if (refused !== undefined) return refused;
  const path = requestPath(request.url);
  if (path === undefined) return textAnswer(400, 'Bad Request', CLOSE);
  const arrival = judgeArrival(request, options.authority, options.door);
  if (arrival.peer === undefined) return refusalAnswer(arrival.refusal);
  const { peer } = arrival;
  const foreign = request.method === 'POST' ? judgeOrigin(peer, options.authority) : undefined;
  if (foreign !== undefined) return refusalAnswer(foreign);
  return await reply({ request, path, peer, options, gone });
}

/** Connections with a request that is being answered. */
const answering: WeakSet<Socket> = new WeakSet();

/**
 * Answers one HTTP request. Never throws. One that was sent before the one ahead of it was answered
 * is not served: that answer may be the last of its connection.
 */
export async function handleHttp(
  request: IncomingMessage,
  response: ServerResponse,
  options: HttpOptions,
): Promise<void> {
  const { socket } = request;
  if (answering.has(socket)) {
    writeAnswer(response, textAnswer(400, 'One request at a time', CLOSE));
    hangUp(request);
    return;
  }
  answering.add(socket);
  response.once('close', () => answering.delete(socket));
  const gone = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) gone.abort();
    options.metrics.requested(placeOf(request, options), response.statusCode);
  });
  const transport = transportSecurity(options);
  if (transport !== undefined) response.setHeader('Strict-Transport-Security', transport);
  try {
    const replied = await judge(request, options, gone.signal);
    if ('stream' in replied) await replied.stream(response);
    else writeAnswer(response, replied);
  } catch (error) {
    if (PortcullisError.is(error) && error.code === 'request.busy') {
      const busy = { error: { message: error.message, type: 'busy' } };
      writeAnswer(response, jsonAnswer(503, busy, { 'Retry-After': '1' }));
      return;
    }
    options.log.error({ error }, 'an HTTP request failed');
    const message = 'The gateway failed inside; its log says more.';
    writeAnswer(response, jsonAnswer(500, { error: { message, type: 'internal' } }));
    // A head that is out already cannot be taken back: the answer breaks off.
    if (!response.writableEnded) response.destroy();
  }
  if (!request.complete) hangUp(request);
}

/** What a request met, in one of a few words: never the path that somebody made up. */
function placeOf({ url }: IncomingMessage, { route }: HttpOptions): string {
  const path = requestPath(url);
  if (path === undefined) return 'none';
  if (routeAt(path) !== undefined) return path;
  if (route(path) !== undefined) return 'webhook';
  return API.test(path) ? 'none' : 'page';
}

function transportSecurity({ services }: HttpOptions): string | undefined {
  const key = 'gateway.http.securityHeaders.strictTransportSecurity';
  const value = getPath(services.config().value, key);
  return typeof value === 'string' ? value : undefined;
}

/** How long the rest of an unwanted body is thrown away, so that the answer can still be read. */
const LINGER_MS = 500;

function hangUp(request: IncomingMessage): void {
  request.resume();
  setTimeout(() => request.destroy(), LINGER_MS).unref();
}
