/**
 * Fetches the bytes of an attachment.
 *
 * From Slack's own hosts only, since the bot's token goes there; redirects are refused and bytes are
 * counted while they come in, whatever any header says.
 *
 * @module
 */
import { fetchCapped } from '@portcullis/channel-kit';
import { type AttachmentRef, PortcullisError } from '@portcullis/core';
import type { WebApi } from './api.ts';
import { deliver } from './errors.ts';
import { field, textField } from './fields.ts';
import { fileHosts } from './upload.ts';

/** As much of a page as says what it is. */
const HEAD_BYTES = 2048;

/**
 * Whether these bytes are Slack's sign-in page: that is what Slack shows, with status 200, to whom
 * it does not show the file.
 */
function isSignIn(bytes: Uint8Array, mimeType: string | undefined): boolean {
  if (mimeType === 'text/html') return false;
  const head = new TextDecoder().decode(bytes.subarray(0, HEAD_BYTES)).trimStart();
  return /^<(?:!doctype html|html)\b/iu.test(head) && /slack/iu.test(head);
}

/** Some files come as an id only; Slack says where they are. */
async function addressOf(api: WebApi, ref: string, signal: AbortSignal): Promise<string> {
  if (!/^F[A-Z0-9]{2,30}$/u.test(ref)) return ref;
  const answer = await deliver(signal, () => api.call('files.info', { file: ref }, signal));
  const file = field(answer, 'file');
  return textField(file, 'url_private_download') ?? textField(file, 'url_private') ?? '';
}

/**
 * Fetches an attachment of at most `maxBytes`. Throws `media.*`, `slack.media_unavailable`, and what
 * a failed call throws.
 */
export async function fetchMedia(
  api: WebApi,
  attachment: AttachmentRef,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Uint8Array> {
  if ((attachment.size ?? 0) > maxBytes) {
    throw new PortcullisError('media.too_large', `The file is larger than ${maxBytes} bytes.`, {
      hint: 'Raise mediaMaxMb of the channel, or send a smaller file.',
    });
  }
  const address = await addressOf(api, attachment.ref, signal);
  const headers = { authorization: `Bearer ${api.token.reveal()}` };
  const bytes = await fetchCapped(address, { hosts: fileHosts(api), maxBytes, headers, signal });
  if (isSignIn(bytes, attachment.mimeType)) {
    throw new PortcullisError(
      'slack.media_unavailable',
      'Slack showed its sign-in page instead of the file.',
      { hint: 'Give the app the scope files:read and install it again.' },
    );
  }
  return bytes;
}
