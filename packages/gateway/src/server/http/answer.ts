/**
 * HTTP answers: the same security headers on every one of them.
 *
 * @module
 */
import type { ServerResponse } from 'node:http';

import type { HttpRefusal } from '../peer.ts';

/** What the page may do: load from us, talk to us, be framed by nobody. */
export const CONTENT_SECURITY_POLICY: string = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "form-action 'none'",
].join('; ');

/** What stands on every answer, whatever it is. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': CONTENT_SECURITY_POLICY,
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=()',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
};

/** One answer. */
export interface Answer {
  readonly status: number;
  readonly body: string | Buffer;
  readonly type: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Writes an answer. A HEAD request gets its headers only. */
export function writeAnswer(response: ServerResponse, answer: Answer): void {
  if (response.headersSent || response.destroyed) return;
  const { status, body, type, headers } = answer;
  response.writeHead(status, {
    'Cache-Control': 'no-store',
    ...headers,
    ...SECURITY_HEADERS,
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(body),
  });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}

/** Writes the head of an answer that comes piece by piece, as server-sent events. */
export function writeStreamHead(
  response: ServerResponse,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(200, {
    'Cache-Control': 'no-store',
    'X-Accel-Buffering': 'no',
    ...headers,
    ...SECURITY_HEADERS,
    'Content-Type': 'text/event-stream; charset=utf-8',
  });
}

/** A JSON answer. */
export function jsonAnswer(
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return { status, body: JSON.stringify(value), type: 'application/json; charset=utf-8', headers };
}

/** A plain text answer. */
export function textAnswer(
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return { status, body: text, type: 'text/plain; charset=utf-8', headers };
}

/** A refusal as JSON. */
export function refusalAnswer({ status, type, message }: HttpRefusal): Answer {
  return jsonAnswer(status, { error: { message, type } }, { Connection: 'close' });
}
