/**
 * Does the client hold the key of the device it claims to be?
 *
 * @module
 */
import { createPublicKey, type KeyObject, verify } from 'node:crypto';

import { type ConnectErrorCode, type ConnectParams, LIMITS } from '@portcullis/protocol';

import { deviceIdOf } from '../identity.ts';

/** Why a proof does not hold. */
export interface ProofFault {
  readonly reason: string;
  readonly code: ConnectErrorCode;
}

/** DER prefix of an Ed25519 public key. */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

function parsePem(text: string): Buffer | undefined {
  try {
    const key = createPublicKey(text);
    if (key.asymmetricKeyType !== 'ed25519') return undefined;
    return key.export({ type: 'spki', format: 'der' }).subarray(-32);
  } catch {
    return undefined;
  }
}

/** The raw 32 bytes of a public key given as base64url or PEM. */
function rawKey(text: string): Buffer | undefined {
  if (text.includes('BEGIN')) return parsePem(text);
  const raw = Buffer.from(text, 'base64url');
  return raw.length === 32 ? raw : undefined;
}

/** Metadata is signed trimmed, ASCII letters in lower case. */
function signedMetadata(text: string | undefined): string {
  return (text ?? '').trim().replace(/[A-Z]/gu, (letter) => letter.toLowerCase());
}

/** The texts a device may have signed: the current version, then the older one. */
function signedTexts(params: ConnectParams, role: string, nonce: string): readonly string[] {
  const { device, client, auth, scopes = [] } = params;
  const token = auth?.token ?? auth?.deviceToken ?? auth?.bootstrapToken ?? '';
  const common = [
    device?.id ?? '',
    client.id,
    client.mode,
    role,
    scopes.join(','),
    String(device?.signedAt ?? ''),
    token,
    nonce,
  ];
  const metadata = [signedMetadata(client.platform), signedMetadata(client.deviceFamily)];
  return [['v3', ...common, ...metadata].join('|'), ['v2', ...common].join('|')];
}

function keyObject(raw: Buffer): KeyObject | undefined {
  try {
    return createPublicKey({
      key: Buffer.concat([SPKI_PREFIX, raw]),
      format: 'der',
      type: 'spki',
    });
  } catch {
    return undefined;
  }
}

function fault(reason: string, code: ConnectErrorCode): { readonly fault: ProofFault } {
  return { fault: { reason, code } };
}

/** The fault of the device proof in `params`, or the device's canonical public key. */
export function checkDeviceProof(
  params: ConnectParams,
  facts: { readonly role: string; readonly nonce: string; readonly now: number },
): { readonly fault: ProofFault } | { readonly publicKey: string } {
  const { device } = params;
  const raw = device === undefined ? undefined : rawKey(device.publicKey);
  if (device === undefined || raw === undefined || deviceIdOf(raw) !== device.id) {
    return fault('device-id-mismatch', 'DEVICE_AUTH_DEVICE_ID_MISMATCH');
  }
  if (Math.abs(facts.now - device.signedAt) > LIMITS.deviceProofAge) {
    return fault('device-signature-stale', 'DEVICE_AUTH_SIGNATURE_EXPIRED');
  }
  if (device.nonce.trim() === '') {
    return fault('device-nonce-missing', 'DEVICE_AUTH_NONCE_REQUIRED');
  }
  if (device.nonce !== facts.nonce) {
    return fault('device-nonce-mismatch', 'DEVICE_AUTH_NONCE_MISMATCH');
  }
  const key = keyObject(raw);
  if (key === undefined) return fault('device-public-key', 'DEVICE_AUTH_PUBLIC_KEY_INVALID');
  const signature = Buffer.from(device.signature, 'base64url');
  const signed = signedTexts(params, facts.role, facts.nonce).some((text) =>
    verify(null, Buffer.from(text, 'utf8'), key, signature),
  );
  return signed
    ? { publicKey: raw.toString('base64url') }
    : fault('device-signature', 'DEVICE_AUTH_SIGNATURE_INVALID');
}
