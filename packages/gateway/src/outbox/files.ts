/**
 * Files that wait to be sent: their bytes lie in the store beside their row until that is settled, so
 * that a crash loses none and what was decided about is what goes out.
 *
 * @module
 */
import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';

import {
  type OutboundFile,
  PortcullisError,
  type Table,
  type Tx,
  defineTable,
} from '@portcullis/core';

/** A file as its row tells of it. */
export interface RowFile {
  readonly name: string;
  readonly mimeType: string;
  readonly size: number;
  /** SHA-256 in hex. */
  readonly sha256: string;
}

/** How large each waiting file is, by the id of its row. */
export const outboxFilesTable: Table<{ readonly size: number }> = defineTable<{
  readonly size: number;
}>('outbox_files');

/** The bytes in base64, by the id of the row: apart, so that sizes are added up without them. */
export const outboxBytesTable: Table<{ readonly bytes: string }> = defineTable<{
  readonly bytes: string;
}>('outbox_bytes');

/** What all waiting files may take together, in bytes. */
const MOST_BYTES = 100_000_000;
const MOST_FILES = 10_000;

/** The file of a row. */
export function rowFileOf({ name, mimeType, bytes }: OutboundFile): RowFile {
  return { name, mimeType, size: bytes.length, sha256: hashOf(bytes) };
}

/**
 * Keeps the bytes of a row until it is settled.
 *
 * @throws PortcullisError `outbox.full` where too much waits already.
 */
export async function keepBytes(tx: Tx, id: string, { bytes }: OutboundFile): Promise<void> {
  const waiting = await tx.find(outboxFilesTable, { limit: MOST_FILES });
  const size = waiting.reduce((sum, { value }) => sum + value.size, bytes.length);
  if (waiting.length === MOST_FILES || size > MOST_BYTES) {
    throw new PortcullisError('outbox.full', 'Too many files wait to be sent already.', {
      retryable: true,
      hint: 'Try again later. "openclaw outbox list" shows what waits.',
    });
  }
  tx.put(outboxFilesTable, id, { size: bytes.length });
  tx.put(outboxBytesTable, id, { bytes: Buffer.from(bytes).toString('base64') });
}

/** Forgets the bytes of a row. */
export function dropBytes(tx: Tx, id: string): void {
  tx.delete(outboxFilesTable, id);
  tx.delete(outboxBytesTable, id);
}

/** The file of a row; undefined where its bytes are gone or are not those it was written with. */
export async function readBytes(
  tx: Tx,
  id: string,
  { name, mimeType, sha256 }: RowFile,
): Promise<OutboundFile | undefined> {
  const kept = await tx.get(outboxBytesTable, id);
  if (kept === undefined) return undefined;
  const bytes = Buffer.from(kept.bytes, 'base64');
  return hashOf(bytes) === sha256 ? { name, mimeType, bytes } : undefined;
}

/** Words in bytes that are no text as a whole; shorter ones are chance. */
const WORDS = /[\x20-\x7e]{8,}/gu;

/** What of a file can be read as text, to be looked through for secrets. */
export function textsOf({ name, bytes }: OutboundFile): readonly string[] {
  return [name, isUtf8(bytes) ? new TextDecoder().decode(bytes) : wordsIn(bytes)];
}

function wordsIn(bytes: Uint8Array): string {
  const { buffer, byteOffset, byteLength } = bytes;
  const text = Buffer.from(buffer, byteOffset, byteLength).toString('latin1');
  return (text.match(WORDS) ?? []).join('\n');
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
