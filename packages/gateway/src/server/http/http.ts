/**
 * What the one port answers over HTTP: probes, the Control UI, channel webhooks.
 *
 * Order of every request: path, Host, proxy, Origin (where something is changed), then the route.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http';

import { isAllowed, type Logger } from '@portcullis/core';

import type { Services } from '../../services.ts';
import type { Assets } from './assets.ts';
import type { Authority, Peer } from '../authority.ts';
import { type Answer, jsonAnswer, refusalAnswer, textAnswer, writeAnswer } from './answer.ts';
import { defaultAgentId } from '../methods/agents.ts';
import { judgeArrival, judgeOrigin } from '../peer.ts';
import { requestPath } from './request-path.ts';
import { type Route, serveRoute } from './webhook.ts';

/** What HTTP requests are answered from. */
export interface HttpOptions {
  readonly services: Services;
  readonly authority: Authority;
  /** The channel webhook at a path. */
  readonly route: (path: string) => Route | undefined;
  /** The Control UI, when it is served. */
  readonly assets?: Assets | undefined;
  readonly log: Logger;
  /** What is not ready yet; empty when the gateway can work. */
  readonly failing: () => readonly string[];
}

const METHODS_SERVED: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST']);

/** Paths that are never views of the page: unknown ones below are simply not there. */
const API = /^\/(?:api|v1|channels|hooks|tools|__openclaw)(?:\/|$)/u;

const UNAUTHORIZED = { error: { message: 'Unauthorized', type: 'unauthorized' } };

function bearer(request: IncomingMessage): string | undefined {
  const values = request.headersDistinct['authorization'] ?? [];
  const [value] = values;
  if (value === undefined || values.length > 1) return undefined;
  return /^Bearer +([^\s]+)$/iu.exec(value)?.[1];
}

/** Checks the Bearer token of a request: the refusal, or undefined when it is right. */
function judgeBearer(
  request: IncomingMessage,
  peer: Peer,
  authority: Authority,
): Answer | undefined {
  if (!isAllowed(authority.decideAttempt(peer))) {
    const retryAfter = String(Math.ceil(authority.lockedForMs() / 1000));
    const error = { message: 'Too many failed attempts', type: 'rate_limited' };
    return jsonAnswer(429, { error }, { 'Retry-After': retryAfter });
  }
  const decision = authority.decideSecret(peer, 'http', { token: bearer(request) });
  const missing = decision.code === 'gateway.auth.missing' ? 'missing' : 'wrong';
  authority.record(peer, isAllowed(decision) ? 'ok' : missing);
  if (isAllowed(decision)) return undefined;
  return jsonAnswer(401, UNAUTHORIZED, { 'WWW-Authenticate': 'Bearer' });
}

function readiness({ services, failing }: HttpOptions, peer: Peer): Answer {
  const faults = failing();
  const ready = faults.length === 0;
  // What is wrong inside is for this machine only.
  const details = peer.local
    ? { failing: faults, uptimeMs: Math.max(0, Date.now() - services.startedAt) }
    : {};
  return jsonAnswer(ready ? 200 : 503, { ready, ...details });
}

function uiConfig(services: Services): Answer {
  const assistantAgentId = defaultAgentId(services);
  const agent = services.agents().find(({ id }) => id === assistantAgentId);
  return jsonAnswer(200, {
    basePath: '',
    assistantName: agent?.name ?? 'Assistant',
    assistantAvatar: null,
    assistantAgentId,
    serverVersion: services.version,
    embedSandbox: 'scripts',
    allowExternalEmbedUrls: false,
    terminalEnabled: false,
    pluginAssetsRequireAuth: true,
  });
}

function judgeMethod(request: IncomingMessage): Answer | undefined {
  if (METHODS_SERVED.has(request.method ?? '')) return undefined;
  return textAnswer(405, 'Method Not Allowed', { Allow: 'GET, HEAD, POST', Connection: 'close' });
}

async function route(
  request: IncomingMessage,
  path: string,
  peer: Peer,
  options: HttpOptions,
): Promise<Answer> {
  const found = options.route(path);
  if (found !== undefined) return serveRoute(request, { path, client: peer.clientIp }, found);
  if (request.method === 'POST') {
    return textAnswer(404, 'Not Found', { Connection: 'close' });
  }
  switch (path) {
    case '/health':
    case '/healthz':
      return jsonAnswer(200, { ok: true, status: 'live' });
    case '/ready':
    case '/readyz':
      return readiness(options, peer);
    case '/control-ui-config.json':
    case '/__openclaw/control-ui-config.json':
      return judgeBearer(request, peer, options.authority) ?? uiConfig(options.services);
    default:
  }
  if (API.test(path)) return textAnswer(404, 'Not Found');
  const page = await options.assets?.answer(path, request.headers['if-none-match']);
  return page ?? textAnswer(404, 'Not Found');
}

async function answer(request: IncomingMessage, options: HttpOptions): Promise<Answer> {
  const refused = judgeMethod(request);
  if (refused !== undefined) return refused;
  const path = requestPath(request.url);
  if (path === undefined) return textAnswer(400, 'Bad Request', { Connection: 'close' });
  const arrival = judgeArrival(request, options.authority);
  if (arrival.peer === undefined) return refusalAnswer(arrival.refusal);
  const { peer } = arrival;
  const foreign = request.method === 'POST' ? judgeOrigin(peer, options.authority) : undefined;
  return foreign === undefined ? route(request, path, peer, options) : refusalAnswer(foreign);
}

/** Answers one HTTP request. Never throws. */
export async function handleHttp(
  request: IncomingMessage,
  response: ServerResponse,
  options: HttpOptions,
): Promise<void> {
  try {
    writeAnswer(response, await answer(request, options));
  } catch (error) {
    options.log.error({ error }, 'an HTTP request failed');
    const message = 'The gateway failed inside; its log says more.';
    writeAnswer(response, jsonAnswer(500, { error: { message, type: 'internal' } }));
  }
  if (!request.complete) hangUp(request);
}

/** How long the rest of an unwanted body is thrown away, so that the answer can still be read. */
const LINGER_MS = 500;

function hangUp(request: IncomingMessage): void {
  request.resume();
  setTimeout(() => request.destroy(), LINGER_MS).unref();
}
