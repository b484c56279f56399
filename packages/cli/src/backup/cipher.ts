/**
 * Archives under a passphrase: scrypt makes the key, AES-256-GCM seals the archive piece by piece.
 *
 * A file is `magic, salt, nonce prefix`, then pieces of 64 KiB, each with its tag. The nonce of a
 * piece is the prefix, its number, and whether it is the last: a piece that was changed, moved,
 * repeated or cut off does not open, and nothing of it is used before it did.
 *
 * @module
 */
import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto';

import { PortcullisError } from '@portcullis/core';

import { damaged } from './manifest.ts';

/** How a sealed archive begins. */
const MAGIC: Buffer = Buffer.from('PCULBAK1');
const SALT_BYTES = 16;
const PREFIX_BYTES = 7;
const HEADER_BYTES = MAGIC.length + SALT_BYTES + PREFIX_BYTES;
const PIECE_BYTES = 65_536;
const TAG_BYTES = 16;
const MAX_PIECES = 0xffff_ffff;
/** Fixed by the format: a file cannot ask for more work than this. */
const COST = { N: 131_072, r: 8, p: 1, maxmem: 256 * 1024 * 1024 };

/** The fewest characters a passphrase may have. */
export const MIN_PASSPHRASE = 12;

type Bytes = AsyncIterable<Uint8Array>;

/** True for the beginning of a sealed archive. */
export function isSealed(start: Uint8Array): boolean {
  return MAGIC.equals(start.subarray(0, MAGIC.length));
}

/** Seals what `source` gives. */
export async function* seal(source: Bytes, passphrase: string): AsyncGenerator<Buffer> {
  const salt = randomBytes(SALT_BYTES);
  const prefix = randomBytes(PREFIX_BYTES);
  const header = Buffer.concat([MAGIC, salt, prefix]);
  const key = await keyOf(passphrase, salt);
  yield header;
  for await (const { bytes, number, isLast } of piecesOf(source, PIECE_BYTES)) {
    const cipher = createCipheriv('aes-256-gcm', key, nonceOf(prefix, number, isLast));
    cipher.setAAD(header);
    yield Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
  }
}

/**
 * Opens what {@link seal} made.
 *
 * Throws `backup.passphrase` when the first piece does not open, `backup.damaged` when a later one
 * does not.
 */
export async function* unseal(source: Bytes, passphrase: string): AsyncGenerator<Buffer> {
  const reader = source[Symbol.asyncIterator]();
  const start = await take(reader, HEADER_BYTES);
  if (start.length < HEADER_BYTES) throw damaged('it ends in its first bytes');
  const header = start.subarray(0, HEADER_BYTES);
  const salt = header.subarray(MAGIC.length, MAGIC.length + SALT_BYTES);
  const prefix = header.subarray(MAGIC.length + SALT_BYTES);
  const key = await keyOf(passphrase, salt);
  const rest = resume(start.subarray(HEADER_BYTES), reader);
  for await (const { bytes, number, isLast } of piecesOf(rest, PIECE_BYTES + TAG_BYTES)) {
    if (bytes.length < TAG_BYTES) throw damaged('it was cut off');
    const decipher = createDecipheriv('aes-256-gcm', key, nonceOf(prefix, number, isLast));
    decipher.setAAD(header);
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    try {
      yield Buffer.concat([decipher.update(bytes.subarray(0, -TAG_BYTES)), decipher.final()]);
    } catch (error) {
      throw number === 0 ? wrongPassphrase(error) : damaged('a piece of it was changed', error);
    }
  }
}

function wrongPassphrase(cause: unknown): PortcullisError {
  return new PortcullisError('backup.passphrase', 'The passphrase does not open the archive.', {
    hint: 'Give the one it was made with; a space or a line break at its end counts.',
    cause,
  });
}

function keyOf(passphrase: string, salt: Uint8Array): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  scrypt(passphrase.normalize('NFC'), salt, 32, COST, (error, key) => {
    if (error === null) resolve(key);
    else reject(damaged('its key could not be made', error));
  });
  return promise;
}

function nonceOf(prefix: Uint8Array, number: number, isLast: boolean): Buffer {
  if (number > MAX_PIECES) throw damaged('it is larger than the format allows');
  const tail = Buffer.alloc(5);
  tail.writeUInt32BE(number);
  tail[4] = isLast ? 1 : 0;
  return Buffer.concat([prefix, tail]);
}

interface Piece {
  readonly bytes: Buffer;
  readonly number: number;
  readonly isLast: boolean;
}

/** Cuts a stream into pieces of one size; the last, which may be shorter, is marked. */
async function* piecesOf(source: Bytes, size: number): AsyncGenerator<Piece> {
  let held: Buffer = Buffer.alloc(0);
  let number = 0;
  for await (const chunk of source) {
    held = Buffer.concat([held, chunk]);
    while (held.length > size) {
      yield { bytes: held.subarray(0, size), number, isLast: false };
      held = held.subarray(size);
      number += 1;
    }
  }
  yield { bytes: held, number, isLast: true };
}

async function take(reader: AsyncIterator<Uint8Array>, length: number): Promise<Buffer> {
  let held: Buffer = Buffer.alloc(0);
  while (held.length < length) {
    const next = await reader.next();
    if (next.done === true) break;
    held = Buffer.concat([held, next.value]);
  }
  return held;
}

async function* resume(start: Buffer, reader: AsyncIterator<Uint8Array>): AsyncGenerator<Buffer> {
  yield start;
  for (;;) {
    const next = await reader.next();
    if (next.done === true) return;
    yield Buffer.from(next.value);
  }
}
