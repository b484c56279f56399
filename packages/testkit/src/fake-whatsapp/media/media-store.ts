/**
 * The files of the network, encrypted: who has the key from a message can read them.
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
} from 'node:crypto';
import { hkdfInfoKey, type MediaType } from 'baileys';

/** How a message names a file. */
export interface StoredMedia {
  readonly url: string;
  readonly directPath: string;
  readonly mediaKey: Uint8Array;
  readonly fileSha256: Uint8Array;
  readonly fileEncSha256: Uint8Array;
  readonly fileLength: number;
  readonly mediaKeyTimestamp: number;
}

const MAC_BYTES = 10;

const KEY_KINDS: Readonly<Record<string, MediaType>> = {
  image: 'image',
  sticker: 'image',
  video: 'video',
  audio: 'audio',
  voice: 'audio',
  document: 'document',
};

function sha256(data: Uint8Array): Buffer {
  return createHash('sha256').update(data).digest();
}

function keysOf(mediaKey: Uint8Array, kind: string) {
  const info = hkdfInfoKey(KEY_KINDS[kind] ?? 'document');
  const keys = Buffer.from(hkdfSync('sha256', mediaKey, Buffer.alloc(0), info, 112));
  return { iv: keys.subarray(0, 16), cipher: keys.subarray(16, 48), mac: keys.subarray(48, 80) };
}

/** The files, by their path on the media server. */
export class MediaStore {
  readonly #files: Map<string, Uint8Array> = new Map();
  readonly #host: () => string;

  constructor(host: () => string) {
    this.#host = host;
  }

  /** Encrypts a file and keeps it. */
  add(bytes: Uint8Array, kind: string): StoredMedia {
    const mediaKey = randomBytes(32);
    const { iv, cipher: cipherKey, mac: macKey } = keysOf(mediaKey, kind);
    const cipher = createCipheriv('aes-256-cbc', cipherKey, iv);
    const sealed = Buffer.concat([cipher.update(bytes), cipher.final()]);
    const mac = createHmac('sha256', macKey).update(iv).update(sealed).digest();
    const stored = Buffer.concat([sealed, mac.subarray(0, MAC_BYTES)]);
    return {
      ...this.keep(stored),
      mediaKey,
      fileSha256: sha256(bytes),
      fileEncSha256: sha256(stored),
      fileLength: bytes.length,
      mediaKeyTimestamp: Math.floor(Date.now() / 1000),
    };
  }

  /** Keeps an encrypted file, and says where. */
  keep(stored: Uint8Array): { readonly url: string; readonly directPath: string } {
    const directPath = `/v/t62.7118-24/${randomBytes(12).toString('hex')}.enc?ccb=11-4&oe=1`;
    this.#files.set(directPath.replace(/\?.*/, ''), stored);
    return { directPath, url: `https://${this.#host()}${directPath}` };
  }

  /** The encrypted file at a path. */
  at(path: string): Uint8Array | undefined {
    return this.#files.get(path.replace(/\?.*/, ''));
  }

  /** Decrypts a file. Undefined when there is none, or it is not what the message says. */
  open(media: {
    readonly directPath?: string | null;
    readonly mediaKey?: Uint8Array | null;
    readonly fileSha256?: Uint8Array | null;
    readonly kind: string;
  }): Uint8Array | undefined {
    const stored = this.at(media.directPath ?? '');
    if (stored === undefined || !media.mediaKey) return undefined;
    const { iv, cipher: cipherKey, mac: macKey } = keysOf(media.mediaKey, media.kind);
    const sealed = stored.subarray(0, stored.length - MAC_BYTES);
    const mac = createHmac('sha256', macKey).update(iv).update(sealed).digest();
    if (!mac.subarray(0, MAC_BYTES).equals(stored.subarray(sealed.length))) return undefined;
    const decipher = createDecipheriv('aes-256-cbc', cipherKey, iv);
    const bytes = Buffer.concat([decipher.update(sealed), decipher.final()]);
    return sha256(bytes).equals(media.fileSha256 ?? Buffer.alloc(0)) ? bytes : undefined;
  }
}
