/**
 * The names of the environment variables that carry trust in a fake to another process.
 *
 * @module
 */

/** Public key of a fake's trust root, 64 hexadecimal digits. */
export const ROOT_VARIABLE = 'PORTCULLIS_FAKE_WHATSAPP_ROOT';

/** Certificate of a fake's media host, PEM. */
export const CA_VARIABLE = 'PORTCULLIS_FAKE_WHATSAPP_CA';
