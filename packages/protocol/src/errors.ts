/**
 * The error shape, and the codes clients branch on.
 *
 * @module
 */
import { z } from 'zod';

import { idSchema, integer } from './scalars.ts';

/** `error.code` of a response. */
export const ERROR_CODES = ['INVALID_REQUEST', 'FORBIDDEN', 'NOT_PAIRED', 'UNAVAILABLE'] as const;

/** `error.code` of a response. */
export type ErrorCode = (typeof ERROR_CODES)[number];

/**
 * `error.details.code` of a refused handshake. A client decides by it whether to try again, so a
 * refusal without one would be hammered for ever.
 */
export const CONNECT_ERROR_CODES = [
  'PROTOCOL_MISMATCH',
  'CONTROL_UI_ORIGIN_NOT_ALLOWED',
  'CONTROL_UI_DEVICE_IDENTITY_REQUIRED',
  'DEVICE_IDENTITY_REQUIRED',
  'DEVICE_AUTH_DEVICE_ID_MISMATCH',
  'DEVICE_AUTH_SIGNATURE_EXPIRED',
  'DEVICE_AUTH_NONCE_REQUIRED',
  'DEVICE_AUTH_NONCE_MISMATCH',
  'DEVICE_AUTH_SIGNATURE_INVALID',
  'DEVICE_AUTH_PUBLIC_KEY_INVALID',
  'AUTH_TOKEN_MISSING',
  'AUTH_TOKEN_MISMATCH',
  'AUTH_TOKEN_NOT_CONFIGURED',
  'AUTH_PASSWORD_MISSING',
  'AUTH_PASSWORD_MISMATCH',
  'AUTH_PASSWORD_NOT_CONFIGURED',
  'AUTH_BOOTSTRAP_TOKEN_INVALID',
  'AUTH_DEVICE_TOKEN_MISMATCH',
  'AUTH_SCOPE_MISMATCH',
  'AUTH_RATE_LIMITED',
  'AUTH_UNAUTHORIZED',
  'PAIRING_REQUIRED',
] as const;

/** `error.details.code` of a refused handshake. */
export type ConnectErrorCode = (typeof CONNECT_ERROR_CODES)[number];

/** The error of a response. Code and message are never empty: clients drop a response without. */
export const errorShapeSchema = z.strictObject({
  code: idSchema,
  message: idSchema,
  details: z.unknown().optional(),
  retryable: z.boolean().optional(),
  retryAfterMs: integer().min(0).optional(),
});

/** The error of a response. */
export type ErrorShape = z.infer<typeof errorShapeSchema>;
