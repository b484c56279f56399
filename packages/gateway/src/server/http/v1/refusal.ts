/**
 * Refusals of the OpenAI-compatible endpoints, in the shape their clients read.
 *
 * @module
 */
import { type Answer, jsonAnswer } from '../answer.ts';

/** What went wrong with a request. */
export interface ApiFault {
  readonly status: number;
  readonly type: 'invalid_request_error' | 'permission_error' | 'rate_limit_error' | 'server_error';
  readonly code: string;
  readonly message: string;
  /** Which parameter it is about. */
  readonly param?: string;
  /** When to try again, in seconds. */
  readonly retryAfter?: number;
}

/** The body of a refusal. */
export function faultBody({ type, code, message, param }: ApiFault): {
  readonly error: Readonly<Record<string, string | null>>;
} {
  return { error: { message, type, param: param ?? null, code } };
}

/** A refusal. */
export function refuseCall(
  fault: ApiFault,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  const { status, retryAfter } = fault;
  const again = retryAfter === undefined ? {} : { 'Retry-After': String(retryAfter) };
  return jsonAnswer(status, faultBody(fault), { ...headers, ...again });
}

/** The request itself is wrong. */
export function invalid(message: string, param?: string): ApiFault {
  return {
    status: 400,
    type: 'invalid_request_error',
    code: 'invalid_request',
    message,
    ...(param === undefined ? {} : { param }),
  };
}
