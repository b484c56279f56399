/**
 * Bytes to request, answer to text.
 *
 * Promises: decoding never throws, never looks into `params`, and refuses what is nested deeper
 * than any request of the protocol before it is built.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';
import {
  describeFault,
  type ErrorShape,
  type RequestFrame,
  requestFrameSchema,
} from '@portcullis/protocol';

import { parseJson } from './json.ts';

/** A message that is a request, or why it is none. */
export type Decoded =
  | { readonly kind: 'request'; readonly frame: RequestFrame }
  | { readonly kind: 'not_json' }
  | { readonly kind: 'not_request'; readonly id: string; readonly fault: string };

/** Reads one WebSocket message. Text and binary messages are treated the same. */
export function decodeRequest(data: Buffer): Decoded {
  const value = parseJson(data);
  if (value === undefined) return { kind: 'not_json' };
  const checked = requestFrameSchema.safeParse(value, { reportInput: true });
  if (checked.success) return { kind: 'request', frame: checked.data };
  const id = typeof value === 'object' && value !== null && 'id' in value ? value.id : undefined;
  return {
    kind: 'not_request',
    id: typeof id === 'string' && id !== '' ? id : 'invalid',
    fault: describeFault(checked.error),
  };
}

/** The text of a successful response around an already serialised payload. */
export function encodeResult(id: string, payload: string): string {
  return `{"type":"res","id":${JSON.stringify(id)},"ok":true,"payload":${payload}}`;
}

/** The text of a failed response. */
export function encodeError(id: string, error: ErrorShape): string {
  return JSON.stringify({ type: 'res', id, ok: false, error });
}

/** How clients are told of an error that a method threw on purpose. */
function codeOf(error: PortcullisError): string {
  const { wire } = { wire: error.details?.['wireCode'] };
  if (typeof wire === 'string') return wire;
  if (error.retryable) return 'UNAVAILABLE';
  return error.code === 'chat.denied' ? 'FORBIDDEN' : 'INVALID_REQUEST';
}

/**
 * Turns what a method threw into the error clients see. An error that nobody threw on purpose says
 * nothing about the inside.
 */
export function toErrorShape(error: unknown): ErrorShape {
  if (!PortcullisError.is(error)) {
    return { code: 'UNAVAILABLE', message: 'The gateway failed inside; its log says more.' };
  }
  const { wireCode: _wireCode, ...details } = error.details ?? {};
  const described = { reason: error.code, ...(error.hint !== undefined && { hint: error.hint }) };
  return {
    code: codeOf(error),
    message: error.message === '' ? error.code : error.message,
    details: { ...described, ...details },
    ...(error.retryable && { retryable: true }),
    ...(error.retryAfterMs !== undefined && { retryAfterMs: error.retryAfterMs }),
  };
}
