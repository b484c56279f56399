/**
 * Files that came with an admitted message, as a model can take them: small images as images, small
 * texts as fenced text, anything else as a line that says what it was. Nothing is fetched before
 * the sender is admitted.
 *
 * @module
 */
import type { AttachmentRef, Channel, Logger } from '@portcullis/core';

import type { TranscriptPart } from '../services.ts';

const MAX_IMAGE_BYTES = 5_000_000;
const MAX_TEXT_BYTES = 100_000;
const MAX_FILES = 8;
const FETCH_MS = 30_000;
const IMAGE_TYPES = new Set(['image/jpeg', 'image/png', 'image/webp', 'image/gif']);

/** Turns the attachments of a message into parts of it. Never throws. */
export async function readAttachments(
  attachments: readonly AttachmentRef[],
  channel: Channel | undefined,
  log: Logger,
  signal: AbortSignal,
): Promise<readonly TranscriptPart[]> {
  const parts: TranscriptPart[] = [];
  for (const attachment of attachments.slice(0, MAX_FILES)) {
    parts.push(await readOne(attachment, channel, log, signal));
  }
  const left = attachments.length - MAX_FILES;
  if (left > 0) parts.push(note(`${String(left)} more files were not looked at`));
  return parts;
}

async function readOne(
  attachment: AttachmentRef,
  channel: Channel | undefined,
  log: Logger,
  signal: AbortSignal,
): Promise<TranscriptPart> {
  const type = (attachment.mimeType ?? '').toLowerCase().split(';')[0]?.trim() ?? '';
  const isImage = IMAGE_TYPES.has(type);
  const isText = type.startsWith('text/') || type === 'application/json';
  const label = `${plain(attachment.name ?? 'unnamed')} (${type === '' ? 'unknown type' : plain(type)})`;
  if (!isImage && !isText) return note(`file ${label}: this kind cannot be read`);
  const limit = isImage ? MAX_IMAGE_BYTES : MAX_TEXT_BYTES;
  if ((attachment.size ?? 0) > limit) return note(`file ${label}: too large to be read`);
  let bytes: Uint8Array | undefined;
  try {
    bytes = await fetchBytes(attachment, channel, limit, signal);
  } catch (cause) {
    signal.throwIfAborted();
    log.warn({ err: cause }, 'turn: an attachment could not be fetched');
  }
  if (bytes === undefined || bytes.length > limit)
    return note(`file ${label}: it could not be fetched`);
  if (isImage)
    return { type: 'image', mimeType: type, data: Buffer.from(bytes).toString('base64') };
  const text = new TextDecoder().decode(bytes).replaceAll(/<(?=\/?\s*untrusted)/giu, '&lt;');
  return {
    type: 'text',
    text: `<untrusted kind="file" name="${plain(attachment.name ?? 'unnamed')}">\n${text}\n</untrusted>`,
  };
}

async function fetchBytes(
  attachment: AttachmentRef,
  channel: Channel | undefined,
  limit: number,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  if (attachment.content !== undefined) return Buffer.from(attachment.content, 'base64');
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(FETCH_MS)]);
  return await channel?.fetchMedia?.(attachment, limit, bounded);
}

function note(text: string): TranscriptPart {
  return { type: 'text', text: `[${text}]` };
}

/** A name that cannot be taken for markup. */
function plain(text: string): string {
  return text
    .replaceAll(/[\p{C}<>"&[\]]/gu, ' ')
    .trim()
    .slice(0, 80);
}
