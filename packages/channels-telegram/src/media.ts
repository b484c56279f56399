/**
 * Fetches the bytes of an attachment.
 *
 * From the Bot API server only, never from an address somebody sent; redirects are refused and
 * bytes are counted while they come in, whatever any header says.
 *
 * @module
 */
import { readCapped } from '@portcullis/channel-kit';
import { type AttachmentRef, PortcullisError } from '@portcullis/core';
import { type BotApi, CallError } from './api.ts';
import { toDeliveryError } from './errors.ts';

function tooLarge(maxBytes: number): PortcullisError {
  return new PortcullisError(
    'telegram.media_too_large',
    `The attachment is larger than ${maxBytes} bytes.`,
    { hint: 'Raise channels.telegram.mediaMaxMb, or send a smaller file.' },
  );
}

function unavailable(why: string): PortcullisError {
  return new PortcullisError('telegram.media_unavailable', `The attachment cannot be had: ${why}`, {
    hint: 'Telegram keeps files for bots up to 20 MB and for a limited time; send it again.',
  });
}

/** A path below the server's file root: no way up, no address. */
function isPlainPath(path: string): boolean {
  return /^[\w.-]+(?:\/[\w.-]+)*$/u.test(path) && !/(?:^|\/)\.{1,2}(?:\/|$)/u.test(path);
}

async function download(url: URL, maxBytes: number, signal: AbortSignal): Promise<Uint8Array> {
  try {
    const response = await fetch(url, { redirect: 'error', signal });
    if (!response.ok) throw unavailable(`Telegram answered ${response.status}.`);
    const bytes = await readCapped(response, maxBytes);
    if (bytes === undefined) throw tooLarge(maxBytes);
    return bytes;
  } catch (error) {
    // What fetch throws names the URL, and the URL holds the token.
    throw PortcullisError.is(error) ? error : unavailable('the download broke off.');
  }
}

/** Fetches an attachment of at most `maxBytes`. Throws `telegram.media_*`. */
export async function fetchMedia(
  api: BotApi,
  attachment: AttachmentRef,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Uint8Array> {
  if ((attachment.size ?? 0) > maxBytes) throw tooLarge(maxBytes);
  const file = await api
    .call((bot, abort) => bot.getFile(attachment.ref, abort), signal)
    .catch((error: unknown) => {
      throw error instanceof CallError ? toDeliveryError(error.failure) : error;
    });
  if ((file?.file_size ?? 0) > maxBytes) throw tooLarge(maxBytes);
  const path = file?.file_path ?? '';
  if (!isPlainPath(path)) throw unavailable('the server named no usable path.');
  return await download(api.fileUrl(path), maxBytes, signal);
}
