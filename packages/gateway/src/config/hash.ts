/**
 * The fingerprint of a config file. Promises: pure.
 *
 * @module
 */
import { createHash } from 'node:crypto';

/**
 * SHA-256 over the file's text, as `sha256:v1:<hex>`; a missing file hashes like an empty one.
 *
 * For comparing on this machine only. A file that holds a short password can be guessed from its
 * hash, so a gateway shows its clients a keyed digest of this value instead.
 */
export function hashConfig(raw: string): string {
  return `sha256:v1:${createHash('sha256').update(raw, 'utf8').digest('hex')}`;
}
