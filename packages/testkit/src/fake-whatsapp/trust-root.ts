/**
 * The name of the environment variable that carries a trust root to another process.
 *
 * @module
 */

/** Public key of a fake's trust root, 64 hexadecimal digits. */
export const TRUST_VARIABLE = 'PORTCULLIS_FAKE_WHATSAPP_ROOT';
