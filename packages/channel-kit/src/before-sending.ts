/**
 * Whether a request that failed had left this machine.
 *
 * @module
 */
import { errorField } from './error-field.ts';

/** System errors that can only come before the first byte of a request. */
const BEFORE_SENDING: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

/**
 * Whether a system error came before the first byte of a request was sent: then a message was
 * certainly not taken, and its `DeliveryError` is a `retry`. Anything else may have come after it,
 * and is `unknown`.
 *
 * @param cause What a socket or `fetch` failed with; of an error of `fetch`, its `cause`.
 */
export function beforeSending(cause: unknown): boolean {
  const code = errorField(cause, 'code');
  if (typeof code === 'string' && BEFORE_SENDING.has(code)) return true;
  // A name with several addresses fails once for each.
  const each = errorField(cause, 'errors');
  if (Array.isArray(each)) return each.length > 0 && each.every(beforeSending);
  return errorField(cause, 'syscall') === 'connect';
}
