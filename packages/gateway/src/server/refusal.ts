/**
 * The errors of the control plane itself, before and around a method.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';
import type { ErrorCode } from '@portcullis/protocol';

function wireError(
  code: string,
  wireCode: ErrorCode,
  message: string,
  details: Readonly<Record<string, unknown>> = {},
): PortcullisError {
  return new PortcullisError(code, message, { details: { wireCode, ...details } });
}

/** The request itself is wrong: parameters, an id that does not exist. */
export function invalidRequest(
  message: string,
  details?: Readonly<Record<string, unknown>>,
): PortcullisError {
  return wireError('request.invalid', 'INVALID_REQUEST', message, details);
}

/** The caller lacks a scope. */
export function missingScope(scope: string): PortcullisError {
  return wireError('request.scope_missing', 'FORBIDDEN', `missing scope: ${scope}`, {
    code: 'MISSING_SCOPE',
    missingScope: scope,
    requiredScopes: [scope],
  });
}

/** Refused by authority for another reason than a scope. */
export function forbidden(message: string, code: string): PortcullisError {
  return wireError('request.forbidden', 'FORBIDDEN', message, { code });
}

/** Too much is being worked on. */
export function busy(): PortcullisError {
  return new PortcullisError('request.busy', 'The server is busy. Please try again in a moment.', {
    retryable: true,
    retryAfterMs: 1000,
    hint: 'Send fewer requests at once.',
  });
}
