/**
 * Bytes of an open file: bounded, and named by their hash.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';

import { tooLarge } from './faults.ts';

/** SHA-256 in hex. */
export function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Reads at most `length` bytes from `offset`. */
export async function readRange(
  handle: FileHandle,
  offset: number,
  length: number,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(bytes, filled, length - filled, offset + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}

/** Reads the whole file. Throws `files.too_large` beyond `maxBytes`, also when it grows meanwhile. */
export async function readWhole(handle: FileHandle, maxBytes: number): Promise<Uint8Array> {
  const { size } = await handle.stat();
  if (size > maxBytes) throw tooLarge(maxBytes);
  // One byte more than there is, so that a file that grows is noticed.
  const bytes = await readRange(handle, 0, size + 1);
  if (bytes.length > maxBytes) throw tooLarge(maxBytes);
  if (bytes.length <= size) return bytes;
  const rest = await readRange(handle, bytes.length, maxBytes - bytes.length + 1);
  if (bytes.length + rest.length > maxBytes) throw tooLarge(maxBytes);
  return Buffer.concat([bytes, rest]);
}
