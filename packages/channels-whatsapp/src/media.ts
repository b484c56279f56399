/**
 * Files: what a message says of one, fetching it, and putting one where others fetch it.
 *
 * The library asks whatever host a message names. Here a request goes to WhatsApp's own hosts only,
 * counts what comes back, and nothing is handed on whose code and hash do not match the message.
 *
 * @module
 */
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';
import { fetchCapped, isLoopbackUrl } from '@portcullis/channel-kit';
import { PortcullisError } from '@portcullis/core';
import type { Vault } from './vault.ts';

/** How WhatsApp sorts files. */
export type MediaKind = 'image' | 'video' | 'audio' | 'document';

const PURPOSE: Readonly<Record<MediaKind, string>> = {
  image: 'WhatsApp Image Keys',
  video: 'WhatsApp Video Keys',
  audio: 'WhatsApp Audio Keys',
  document: 'WhatsApp Document Keys',
};

/** Where files lie. */
const MEDIA_HOST = 'mmg.whatsapp.net';
const MEDIA_HOSTS = ['whatsapp.net'];
const MAC_BYTES = 10;
/** A file is padded to whole blocks of 16 and followed by its code. */
const OVERHEAD = 16 + MAC_BYTES;

/** What has to be known of a file to fetch it. */
export interface MediaRef {
  readonly kind: MediaKind;
  readonly path: string;
  readonly key: Uint8Array;
  readonly hash: Uint8Array;
}

/** A path below a media host: no other host can be named in it. */
export function isMediaPath(path: string): boolean {
  return /^\/(?!\/)[^@\\\s#]{1,2000}$/u.test(path);
}

function damaged(why: string): PortcullisError {
  return new PortcullisError('whatsapp.media_damaged', `The attachment cannot be used: ${why}`, {
    hint: 'Ask for it to be sent again.',
  });
}

function keysOf(kind: MediaKind, key: Uint8Array) {
  const bytes = new Uint8Array(hkdfSync('sha256', key, new Uint8Array(), PURPOSE[kind], 112));
  return { iv: bytes.subarray(0, 16), cipher: bytes.subarray(16, 48), mac: bytes.subarray(48, 80) };
}

function codeOf(mac: Uint8Array, iv: Uint8Array, sealed: Uint8Array): Uint8Array {
  return createHmac('sha256', mac).update(iv).update(sealed).digest().subarray(0, MAC_BYTES);
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}

/** Reads an encrypted file. Throws `whatsapp.media_damaged` unless it is the one that was meant. */
export function decryptMedia(ref: MediaRef, file: Uint8Array): Uint8Array {
  const keys = keysOf(ref.kind, ref.key);
  const sealed = file.subarray(0, Math.max(0, file.length - MAC_BYTES));
  const code = file.subarray(sealed.length);
  if (code.length !== MAC_BYTES || !timingSafeEqual(code, codeOf(keys.mac, keys.iv, sealed))) {
    throw damaged('somebody changed it on its way.');
  }
  const cipher = createDecipheriv('aes-256-cbc', keys.cipher, keys.iv);
  let bytes: Buffer;
  try {
    bytes = Buffer.concat([cipher.update(sealed), cipher.final()]);
  } catch {
    throw damaged('it is not whole.');
  }
  const hash = sha256(bytes);
  if (ref.hash.length !== hash.length || !timingSafeEqual(ref.hash, hash)) {
    throw damaged('it is not the file the message was about.');
  }
  return new Uint8Array(bytes);
}

/** A file, encrypted as WhatsApp keeps files. */
export interface EncryptedMedia {
  readonly key: Uint8Array;
  readonly file: Uint8Array;
  readonly hash: Uint8Array;
  readonly fileHash: Uint8Array;
}

/** Encrypts a file under a fresh key. */
export function encryptMedia(kind: MediaKind, bytes: Uint8Array): EncryptedMedia {
  const key = randomBytes(32);
  const { iv, cipher, mac } = keysOf(kind, key);
  const encrypt = createCipheriv('aes-256-cbc', cipher, iv);
  const sealed = Buffer.concat([encrypt.update(bytes), encrypt.final()]);
  const file = Buffer.concat([sealed, codeOf(mac, iv, sealed)]);
  return { key, file, hash: sha256(bytes), fileHash: sha256(file) };
}

/** Where files may lie: WhatsApp's hosts, or the named host of a test server on this machine. */
export interface MediaHosts {
  readonly host: string;
  readonly hosts: readonly string[];
}

/**
 * The media hosts. `named`: the host the server told us of; believed as it is only where the server
 * is one on this machine.
 */
export function mediaHosts(isTest: boolean, named: string | undefined): MediaHosts {
  const isLoopback =
    named !== undefined &&
    URL.canParse(`https://${named}`) &&
    isLoopbackUrl(new URL(`https://${named}`));
  if (isTest && isLoopback) return { host: named, hosts: [named] };
  const isTheirs = named !== undefined && /^(?:[a-z0-9-]+\.)+whatsapp\.net$/u.test(named);
  return { host: isTheirs ? named : MEDIA_HOST, hosts: MEDIA_HOSTS };
}

/**
 * Fetches a file of at most `maxBytes`.
 *
 * Throws `media.too_large`, `media.unavailable`, `media.address_refused`, `whatsapp.media_damaged`.
 */
export async function downloadMedia(
  ref: MediaRef,
  { host, hosts }: MediaHosts,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Uint8Array> {
  if (!isMediaPath(ref.path)) throw damaged('it does not lie where files lie.');
  const url = new URL(`https://${host}${ref.path}`);
  const limits = { hosts, maxBytes: maxBytes + OVERHEAD, signal };
  const bytes = decryptMedia(ref, await fetchCapped(url, limits));
  if (bytes.length <= maxBytes) return bytes;
  throw new PortcullisError('media.too_large', `The file is larger than ${maxBytes} bytes.`, {
    hint: 'Raise mediaMaxMb of the channel, or send a smaller file.',
  });
}

const SEAL = 'seal';
const VERSION = 'wa1.';

function isKind(value: unknown): value is MediaKind {
  return typeof value === 'string' && Object.hasOwn(PURPOSE, value);
}

/**
 * Closes references to files. A reference holds the key of its file and travels through the
 * gateway's records; what is seen of it there opens nothing without the account's store.
 */
export class Seal {
  readonly #key: Uint8Array;

  private constructor(key: Uint8Array) {
    this.#key = key;
  }

  /** The seal of an account. */
  static async open(vault: Vault): Promise<Seal> {
    const kept = await vault.read(SEAL);
    const key = kept === undefined ? randomBytes(32) : Buffer.from(kept, 'base64');
    if (kept === undefined) await vault.write({ [SEAL]: key.toString('base64') });
    return new Seal(key);
  }

  /** A reference as text. */
  close({ kind, path, key, hash }: MediaRef): string {
    const iv = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.#key, iv);
    const words = [kind, path, Buffer.from(key).toString('base64')];
    const text = JSON.stringify([...words, Buffer.from(hash).toString('base64')]);
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return VERSION + Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url');
  }

  /** Reads a reference. Throws `whatsapp.media_damaged` when it is none of this account's. */
  open(ref: string): MediaRef {
    try {
      const bytes = Buffer.from(
        ref.startsWith(VERSION) ? ref.slice(VERSION.length) : '',
        'base64url',
      );
      const cipher = createDecipheriv('aes-256-gcm', this.#key, bytes.subarray(0, 12));
      cipher.setAuthTag(bytes.subarray(12, 28));
      const text = Buffer.concat([cipher.update(bytes.subarray(28)), cipher.final()]).toString();
      const [kind, path, key, hash]: unknown[] = JSON.parse(text);
      if (
        isKind(kind) &&
        typeof path === 'string' &&
        typeof key === 'string' &&
        typeof hash === 'string'
      ) {
        return { kind, path, key: Buffer.from(key, 'base64'), hash: Buffer.from(hash, 'base64') };
      }
    } catch {
      // The reason may name what is inside.
    }
    throw damaged('its reference is not from this account.');
  }
}
