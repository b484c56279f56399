/**
 * The fingerprint of a config document that may be shown: without the key nobody can guess a short
 * password from it. Promises: pure.
 *
 * @module
 */
import { createHmac } from 'node:crypto';

/** Makes `hmac-sha256:v1:<hex>` of texts, under a key derived from that of the state directory. */
export class Fingerprint {
  readonly #key: Buffer;

  constructor(chainKey: Uint8Array) {
    this.#key = createHmac('sha256', chainKey).update('config documents').digest();
  }

  /** Of a text; a missing file has that of an empty one. */
  of(text: string): string {
    return `hmac-sha256:v1:${createHmac('sha256', this.#key).update(text, 'utf8').digest('hex')}`;
  }
}
