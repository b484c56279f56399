/**
 * Events over HTTP: Slack posts to a route of the gateway.
 *
 * What is too old, from the future or without the form of a signature is refused before its body is
 * read; the signature is compared in constant time; 200 is answered only after the event is stored.
 *
 * @module
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { pause } from '@portcullis/channel-kit';
import type { Logger, RouteGuard, RouteHandler, RouteRequest, Secret } from '@portcullis/core';
import { field, textField } from './fields.ts';
import { nameOf } from './parse-event.ts';
import { doorFor } from './receiver.ts';

/** How far a request's time may be from ours, both ways, seconds. */
const MOST_SECONDS = 300;

/** No event is bigger; a bigger body is not from Slack. */
const MAX_BODY_BYTES = 1024 * 1024;

/** What the route of an account needs. */
export interface WebhookParts {
  readonly signingSecret: Secret;
  readonly log: Logger;
  /** By then Slack gets its answer, milliseconds. */
  readonly answerMs: number;
  /** Whether the channel runs. Slack is told to come back while it does not. */
  readonly isRunning: () => boolean;
  /** What the answer carries. */
  readonly answer: (body: unknown) => Record<string, unknown>;
}

function headerOf({ headers }: Pick<RouteRequest, 'headers'>, wanted: string): string {
  const entry = Object.entries(headers).find(([name]) => name.toLowerCase() === wanted);
  return entry?.[1] ?? '';
}

/** Refuses what cannot be a request of Slack made now, before anything of it is read. */
export const webhookGuard: RouteGuard = (head) => {
  const sent = headerOf(head, 'x-slack-request-timestamp');
  const isNow =
    /^\d{1,12}$/u.test(sent) && Math.abs(Date.now() / 1000 - Number(sent)) <= MOST_SECONDS;
  const isSigned = /^v0=[0-9a-f]{64}$/u.test(headerOf(head, 'x-slack-signature'));
  return isNow && isSigned ? undefined : { status: 401 };
};

function isGenuine(request: RouteRequest, secret: Secret): boolean {
  const sent = headerOf(request, 'x-slack-request-timestamp');
  const hmac = createHmac('sha256', secret.reveal()).update(`v0:${sent}:`).update(request.body);
  const wanted = Buffer.from(`v0=${hmac.digest('hex')}`);
  const given = Buffer.from(headerOf(request, 'x-slack-signature'));
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Events are JSON; buttons are JSON within a form; commands are a form. */
function parseBody(request: RouteRequest): unknown {
  const text = new TextDecoder().decode(request.body);
  if (!headerOf(request, 'content-type').startsWith('application/x-www-form-urlencoded')) {
    return parseJson(text);
  }
  const form = Object.fromEntries(new URLSearchParams(text));
  return form['payload'] === undefined ? form : parseJson(form['payload']);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function retryOf(request: RouteRequest): { retryNum?: number; retryReason?: string } {
  const retryNum = Number(headerOf(request, 'x-slack-retry-num'));
  if (!Number.isSafeInteger(retryNum) || retryNum === 0) return {};
  return { retryNum, retryReason: headerOf(request, 'x-slack-retry-reason').slice(0, 40) };
}

/** Whether `work` ended well before the time is up. It goes on all the same. */
async function settledIn(work: Promise<void>, ms: number): Promise<boolean> {
  const stop = new AbortController();
  const ok = work.then(
    () => true,
    () => false,
  );
  const first = await Promise.race([ok, pause(ms, stop.signal).then(() => false)]);
  stop.abort();
  return first;
}

/** Makes the handler of the route, for requests {@link webhookGuard} let through. */
export function createWebhookHandler(parts: WebhookParts): RouteHandler {
  const { signingSecret, log, answerMs, isRunning, answer } = parts;
  return async (request) => {
    if (request.method !== 'POST') return { status: 405 };
    if (request.body.byteLength > MAX_BODY_BYTES) return { status: 413 };
    // The guard again: nothing is to depend on who calls it.
    const refused = webhookGuard(request);
    if (refused !== undefined) return refused;
    if (!isGenuine(request, signingSecret)) return { status: 401 };
    const body = parseBody(request);
    if (!isRecord(body)) return { status: 400 };
    if (field(body, 'type') === 'url_verification') {
      const challenge = textField(body, 'challenge') ?? '';
      return { status: 200, headers: { 'content-type': 'text/plain' }, body: challenge };
    }
    if (!isRunning()) return { status: 503 };
    const door = doorFor(signingSecret, body);
    if (door === undefined) {
      log.warn({ kind: nameOf(body) }, 'Slack told of a workspace that no account is for.');
      return { status: 403 };
    }
    const isStored = await settledIn(door.take({ body, ...retryOf(request) }), answerMs);
    if (!isStored) return { status: 503 };
    const headers = { 'content-type': 'application/json' };
    return { status: 200, headers, body: JSON.stringify(answer(body)) };
  };
}
