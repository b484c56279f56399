/**
 * Frames as they come from the socket: read with care, because the page must not break on what it
 * does not know.
 *
 * @module
 */
import type { ErrorShape, EventFrame, ResponseFrame } from '@portcullis/protocol';

/** What became of a request. The page never throws for what the gateway says. */
export type Answer<T> =
  | { readonly ok: true; readonly payload: T }
  | { readonly ok: false; readonly error: ErrorShape };

/** A plain object. */
export type Fields = Readonly<Record<string, unknown>>;

/** True for an object that is not an array. */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A non-empty text at `key`, or nothing. */
export function textAt(value: unknown, key: string): string | undefined {
  const found = isFields(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  return typeof found === 'string' && found !== '' ? found : undefined;
}

/** A number at `key`, or nothing. */
export function numberAt(value: unknown, key: string): number | undefined {
  const found = isFields(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  return typeof found === 'number' && Number.isFinite(found) ? found : undefined;
}

/** An event or a response; undefined for anything else, which is ignored. */
export function parseFrame(data: unknown): EventFrame | ResponseFrame | undefined {
  if (typeof data !== 'string') return undefined;
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch {
    return undefined;
  }
  if (!isFields(value)) return undefined;
  if (value['type'] === 'event') {
    const event = textAt(value, 'event');
    if (event === undefined) return undefined;
    const seq = numberAt(value, 'seq');
    return {
      type: 'event',
      event,
      payload: value['payload'],
      ...(seq === undefined ? {} : { seq }),
    };
  }
  const id = textAt(value, 'id');
  if (value['type'] !== 'res' || id === undefined || typeof value['ok'] !== 'boolean') {
    return undefined;
  }
  const error = value['ok'] ? undefined : toError(value['error']);
  return {
    type: 'res',
    id,
    ok: value['ok'],
    payload: value['payload'],
    ...(error === undefined ? {} : { error }),
  };
}

/** An error with a code and a message, whatever the gateway sent. */
export function toError(value: unknown): ErrorShape {
  const retryAfterMs = numberAt(value, 'retryAfterMs');
  return {
    code: textAt(value, 'code') ?? 'UNAVAILABLE',
    message: textAt(value, 'message') ?? 'The gateway refused without a reason.',
    ...(isFields(value) && value['details'] !== undefined ? { details: value['details'] } : {}),
    ...(isFields(value) && value['retryable'] === true ? { retryable: true } : {}),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}
