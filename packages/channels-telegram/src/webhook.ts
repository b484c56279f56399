/**
 * Webhook delivery: Telegram posts updates to us.
 *
 * The secret header is compared before the body is read; 200 is answered only after the
 * inbox has the event, so Telegram delivers again whatever was not stored.
 *
 * @module
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { pause } from '@portcullis/channel-kit';
import type { Inbox, RouteGuard, RouteHandler, RouteRequest, Secret } from '@portcullis/core';
import type { BotApi } from './api.ts';
import type { PollingParts } from './polling.ts';
import { ALLOWED_UPDATES, receive } from './receive.ts';

/** The header Telegram sends the secret in. */
const SECRET_HEADER = 'x-telegram-bot-api-secret-token';

/** No update is bigger; a bigger body is not from Telegram. */
const MAX_BODY_BYTES = 1024 * 1024;

/** Who takes the updates right now. */
export interface WebhookReceiver {
  readonly parts: PollingParts;
  readonly inbox: Inbox;
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Equal in time that does not depend on where they differ, nor on their lengths. */
function equals(given: string, wanted: string): boolean {
  return timingSafeEqual(digest(given), digest(wanted));
}

function headerOf({ headers }: Pick<RouteRequest, 'headers'>): string {
  const entry = Object.entries(headers).find(([name]) => name.toLowerCase() === SECRET_HEADER);
  return entry?.[1] ?? '';
}

function parseBody(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}

/** Refuses whoever does not know the secret, before anything he sends is read. */
export function createWebhookGuard(secret: Secret): RouteGuard {
  return (head) => (equals(headerOf(head), secret.reveal()) ? undefined : { status: 401 });
}

/**
 * Makes the handler of the route, for requests its guard let through. `receiver` gives who takes updates now, or undefined before the
 * channel runs and after it stopped: then Telegram is told to come back.
 */
export function createWebhookHandler(receiver: () => WebhookReceiver | undefined): RouteHandler {
  return async (request) => {
    if (request.method !== 'POST') return { status: 405 };
    if (request.body.byteLength > MAX_BODY_BYTES) return { status: 413 };
    const update = parseBody(request.body);
    if (typeof update !== 'object' || update === null) return { status: 400 };
    const target = receiver();
    if (target === undefined) return { status: 503 };
    const { me, accountId, health, log } = target.parts;
    try {
      await receive(update, { me, accountId, now: Date.now() }, target.inbox, log);
      health.contact();
      return { status: 200 };
    } catch {
      health.fault('An update could not be stored; Telegram delivers it again.');
      log.error({}, 'An update could not be stored; it is not acknowledged.');
      return { status: 500 };
    }
  };
}

async function setWebhook(api: BotApi, url: string, secret: Secret, signal: AbortSignal) {
  await api.call(
    (bot, abort) =>
      bot.setWebhook(
        url,
        {
          secret_token: secret.reveal(),
          allowed_updates: ALLOWED_UPDATES,
          // One delivery at a time, or the messages of one chat could overtake each other.
          max_connections: 1,
        },
        abort,
      ),
    signal,
  );
}

/**
 * Registers the webhook and watches over it until `signal` aborts. It stays registered: Telegram
 * keeps what comes while we are away and delivers it later.
 */
export async function keepWebhook(
  parts: PollingParts,
  url: string,
  secret: Secret,
  signal: AbortSignal,
): Promise<void> {
  const { api, mending, log, timings } = parts;
  await mending.insist(() => setWebhook(api, url, secret, signal));
  while (!signal.aborted) {
    await pause(timings.webhookCheckMs, signal);
    const info = await mending.insist(() =>
      api.call((bot, abort) => bot.getWebhookInfo(abort), signal),
    );
    if (info !== undefined && info?.url !== url) {
      log.warn({}, 'The webhook was changed from outside; it is set again.');
      await mending.insist(() => setWebhook(api, url, secret, signal));
    }
  }
}
