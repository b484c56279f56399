/**
 * The browser's device identity: an Ed25519 key that signs every connect.
 *
 * The private key is made not extractable, so a script that got into the page could use it while
 * the page is open but could not carry it away.
 *
 * @module
 */
import type { DeviceProof } from '@portcullis/protocol';

/** A key pair as the browser keeps it. */
export interface DeviceKey {
  /** Signs only; its bytes can never be read. */
  readonly privateKey: CryptoKey;
  /** The raw 32 bytes of the public key. */
  readonly publicKey: Uint8Array<ArrayBuffer>;
}

/** Where the key is kept between visits. */
export interface DeviceKeyStore {
  load(): Promise<DeviceKey | undefined>;
  save(key: DeviceKey): Promise<void>;
}

/** The browser as a device. */
export interface Device {
  /** Lower-case hex SHA-256 of the public key. */
  readonly id: string;
  /** Proves to hold the key, for one connection. */
  prove(claim: DeviceClaim): Promise<DeviceProof>;
}

/** What a device signs: everything the gateway must not be made to believe of somebody else. */
export interface DeviceClaim {
  readonly clientId: string;
  readonly clientMode: string;
  readonly role: string;
  readonly scopes: readonly string[];
  /** Milliseconds since 1970, on the gateway's clock. */
  readonly signedAt: number;
  /** The shared token, or empty. A password is never signed. */
  readonly token: string;
  readonly nonce: string;
  readonly platform: string;
  readonly deviceFamily: string;
}

/** The text that is signed, version 3. */
export function toSignedText(deviceId: string, claim: DeviceClaim): string {
  return [
    'v3',
    deviceId,
    claim.clientId,
    claim.clientMode,
    claim.role,
    claim.scopes.join(','),
    claim.signedAt,
    claim.token,
    claim.nonce,
    normalise(claim.platform),
    normalise(claim.deviceFamily),
  ].join('|');
}

/** Trimmed, with A-Z (and nothing else) in lower case: what the gateway does before it verifies. */
function normalise(text: string): string {
  return text.trim().replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** Base64 for URLs, without padding. */
export function toBase64Url(bytes: Uint8Array): string {
  const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** True where a browser hands out keys at all: over https, or on this machine. */
export function canHoldKeys(): boolean {
  return globalThis.isSecureContext !== false && globalThis.crypto?.subtle !== undefined;
}

/** The device of this browser; makes its key on the first visit. */
export async function openDevice(keys: DeviceKeyStore): Promise<Device> {
  const key = (await keys.load()) ?? (await makeKey(keys));
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', key.publicKey));
  const id = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return {
    id,
    async prove(claim) {
      const text = new TextEncoder().encode(toSignedText(id, claim));
      const signature = await crypto.subtle.sign('Ed25519', key.privateKey, text);
      return {
        id,
        publicKey: toBase64Url(key.publicKey),
        signature: toBase64Url(new Uint8Array(signature)),
        signedAt: claim.signedAt,
        nonce: claim.nonce,
      };
    },
  };
}

async function makeKey(keys: DeviceKeyStore): Promise<DeviceKey> {
  const pair = await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify']);
  const publicKey = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
  const key = { privateKey: pair.privateKey, publicKey };
  await keys.save(key);
  return key;
}
