/**
 * The gateway's own Ed25519 identity, made once and kept in the store, and the device tokens that
 * are derived from its key.
 *
 * A device token is an HMAC over device, role and generation: it can be given to a device at every
 * connect without being stored, and a new generation makes every earlier one useless.
 *
 * @module
 */
import { createHash, createHmac, generateKeyPairSync, randomBytes } from 'node:crypto';

import { defineTable, type Store, type Table } from '@portcullis/core';

/** The identity as it is stored. */
export interface StoredIdentity {
  readonly privateKey: string;
  /** Base64url of the raw public key. */
  readonly publicKey: string;
  readonly deviceId: string;
  /** Base64url key of the device tokens. */
  readonly tokenKey: string;
}

/** Where the identity is kept: one record, `self`. */
export const identityTable: Table<StoredIdentity> = defineTable<StoredIdentity>('gateway_identity');

/** Lower-case hex SHA-256 of a raw public key: the id of a device. */
export function deviceIdOf(publicKey: Uint8Array): string {
  return createHash('sha256').update(publicKey).digest('hex');
}

function makeIdentity(): StoredIdentity {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32);
  return {
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicKey: raw.toString('base64url'),
    deviceId: deviceIdOf(raw),
    tokenKey: randomBytes(32).toString('base64url'),
  };
}

/** The gateway's identity, made on first use. */
export async function loadIdentity(store: Store): Promise<StoredIdentity> {
  const fresh = makeIdentity();
  return store.transact(async (tx) => {
    const kept = await tx.get(identityTable, 'self');
    if (kept !== undefined) return kept;
    tx.put(identityTable, 'self', fresh);
    return fresh;
  });
}

/** The token of a device in a role. */
export function deviceToken(
  identity: StoredIdentity,
  subject: { readonly deviceId: string; readonly role: string; readonly generation: number },
): string {
  const text = JSON.stringify([subject.deviceId, subject.role, subject.generation]);
  return createHmac('sha256', Buffer.from(identity.tokenKey, 'base64url'))
    .update(text)
    .digest('base64url');
}
