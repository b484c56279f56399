/**
 * Signed requests to an app's request URL.
 *
 * @module
 */
import { createHmac } from 'node:crypto';
import type { FakeSlackApp, SlackDelivery } from './records.ts';

/** One request to an app. */
export interface AppRequest {
  readonly url: string;
  readonly type: SlackDelivery['type'];
  readonly payload: SlackDelivery['payload'];
  readonly retry: { readonly num: number; readonly reason: string | undefined };
}

/** What the app answered. */
export type AppAnswer =
  | { readonly ok: true; readonly body: unknown }
  | { readonly ok: false; readonly reason: string };

/** The signature of a body: `v0=` and the HMAC of version, time and body. */
export function signatureOf(secret: string, timestamp: string, body: string): string {
  const hmac = createHmac('sha256', secret).update(`v0:${timestamp}:${body}`);
  return `v0=${hmac.digest('hex')}`;
}

function bodyOf({ type, payload }: AppRequest): readonly [body: string, type: string] {
  if (type === 'events_api') return [JSON.stringify(payload), 'application/json'];
  const fields =
    type === 'interactive'
      ? { payload: JSON.stringify(payload) }
      : Object.fromEntries(Object.entries(payload).map(([key, value]) => [key, String(value)]));
  return [new URLSearchParams(fields).toString(), 'application/x-www-form-urlencoded'];
}

function parsed(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return text;
  }
}

/** Posts to an app. Never rejects. */
export async function post(
  app: FakeSlackApp,
  request: AppRequest,
  signal: AbortSignal,
): Promise<AppAnswer> {
  const [body, contentType] = bodyOf(request);
  const timestamp = String(Math.floor(Date.now() / 1000));
  const { num, reason } = request.retry;
  const headers: Record<string, string> = {
    'content-type': contentType,
    'x-slack-request-timestamp': timestamp,
    'x-slack-signature': signatureOf(app.signingSecret, timestamp, body),
    ...(num === 0
      ? {}
      : { 'x-slack-retry-num': String(num), 'x-slack-retry-reason': reason ?? 'http_error' }),
  };
  try {
    const response = await fetch(request.url, { method: 'POST', headers, body, signal });
    const answer = await response.text();
    if (!response.ok) return { ok: false, reason: 'http_error' };
    return { ok: true, body: parsed(answer) };
  } catch {
    return { ok: false, reason: signal.aborted ? 'http_timeout' : 'connection_failed' };
  }
}
