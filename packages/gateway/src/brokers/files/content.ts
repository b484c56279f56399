/**
 * Bytes of an open file: bounded, and named by their hash.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';

import type { FileContent } from '@portcullis/core';

import { markOf } from './census.ts';
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

/** What to read of a file. */
export interface Range {
  readonly maxBytes: number;
  readonly isPart: boolean;
  readonly offset: number;
  readonly length: number;
}

/** What was read of a file, and what tells the state it was read in. */
export interface ReadFile {
  readonly content: FileContent;
  readonly sha256?: string;
  readonly mark?: string;
}

/** Reads all of a file, or a part; the hash is of the whole file where the whole was seen. */
export async function readContent(
  handle: FileHandle,
  { maxBytes, isPart, offset, length }: Range,
): Promise<ReadFile> {
  const before = await handle.stat({ bigint: true });
  const size = Number(before.size);
  if (isPart && size > maxBytes) {
    const bytes = await readRange(handle, offset, Math.min(length, maxBytes));
    return { content: { bytes, size }, ...(await stateOf(handle, before)) };
  }
  const whole = await readWhole(handle, maxBytes);
  const state = { sha256: hashOf(whole), ...(await stateOf(handle, before)) };
  const { sha256 } = state;
  if (!isPart) return { content: { bytes: whole, size: whole.length, sha256 }, ...state };
  const bytes = whole.slice(offset, offset + length);
  return { content: { bytes, size: whole.length }, ...state };
}

/** The mark of a file that nobody wrote to while it was read. */
async function stateOf(handle: FileHandle, before: BigIntStats): Promise<Pick<ReadFile, 'mark'>> {
  const mark = markOf(before);
  return markOf(await handle.stat({ bigint: true })) === mark ? { mark } : {};
}
