/**
 * Fetches the bytes of an attachment.
 *
 * The message is asked for first: the addresses of files are signed and work for a day, and one that
 * comes from Discord now is not one that somebody wrote.
 *
 * @module
 */
import { fetchCapped } from '@portcullis/channel-kit';
import { type AttachmentRef, PortcullisError } from '@portcullis/core';
import type { Api } from './api.ts';
import { CallError, toDeliveryError } from './errors.ts';
import { filesOf } from './message-content.ts';
import { fields } from './places.ts';

/** Where Discord keeps files. */
const HOSTS = ['cdn.discordapp.com', 'media.discordapp.net'];

const REF = /^(?<channel>[1-9]\d{4,20})\/(?<message>[1-9]\d{4,20})\/(?<file>[1-9]\d{4,20})$/u;

function gone(): PortcullisError {
  return new PortcullisError('media.unavailable', 'The file cannot be had: it is not there.', {
    hint: 'Send it again; its message may have been deleted.',
  });
}

function tooLarge(maxBytes: number): PortcullisError {
  return new PortcullisError('media.too_large', `The file is larger than ${maxBytes} bytes.`, {
    hint: 'Raise mediaMaxMb of the channel, or send a smaller file.',
  });
}

/**
 * Fetches an attachment of at most `maxBytes`. Throws `media.*` and what a call may throw.
 *
 * @param ownHost Host and port of a server of one's own, which keeps its files itself.
 */
export async function fetchMedia(
  api: Api,
  ownHost: string | undefined,
  attachment: AttachmentRef,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const place = REF.exec(attachment.ref)?.groups;
  if (place === undefined) throw gone();
  if ((attachment.size ?? 0) > maxBytes) throw tooLarge(maxBytes);
  const path = `/channels/${place['channel']}/messages/${place['message']}` as const;
  const message = await api.call({ method: 'get', path }, signal).catch((error: unknown) => {
    throw error instanceof CallError ? toDeliveryError(error.failure) : error;
  });
  const file = filesOf(fields(message)).find(({ id }) => id === place['file']);
  if (file === undefined) throw gone();
  if (typeof file['size'] === 'number' && file['size'] > maxBytes) throw tooLarge(maxBytes);
  const hosts = ownHost === undefined ? HOSTS : [...HOSTS, ownHost];
  return await fetchCapped(String(file['url']), { hosts, maxBytes, signal });
}
