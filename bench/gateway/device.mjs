/**
 * A device that proves itself to the gateway with a key of its own.
 *
 * @module
 */
import { createHash, generateKeyPairSync, sign } from 'node:crypto';

const KEY_BYTES = 32;

/** Makes a device with a fresh key. */
export function makeDevice() {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(-KEY_BYTES);
  const id = createHash('sha256').update(raw).digest('hex');
  return {
    /** Connect parameters with the proof for `nonce`. */
    prove: (params, nonce) => {
      const { client, role, scopes, auth } = params;
      const signedAt = Date.now();
      const about = [id, client.id, client.mode, role, scopes.join(','), signedAt, auth.token];
      const text = ['v3', ...about, nonce, client.platform, ''].join('|');
      const signature = sign(null, Buffer.from(text), privateKey).toString('base64url');
      const key = raw.toString('base64url');
      return { ...params, device: { id, publicKey: key, signature, signedAt, nonce } };
    },
  };
}
