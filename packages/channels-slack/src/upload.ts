/**
 * Sends a file in the three steps Slack wants: an address, the bytes, and where to show them.
 *
 * Nobody sees anything before the third step, so what fails before it was certainly not sent.
 *
 * @module
 */
import { isLoopbackUrl, pause } from '@portcullis/channel-kit';
import {
  DeliveryError,
  type OutboundFile,
  type OutboundMessage,
  type Receipt,
} from '@portcullis/core';
import type { WebApi } from './api.ts';
import { CallError, deliver, notUnderstood, wrongMessage } from './errors.ts';
import { field, textField } from './fields.ts';
import { isEmpty, MESSAGE_LIMIT, renderCaption } from './format.ts';
import { targetOf } from './rooms.ts';

/** Slack takes more. This is what is held in memory once per file on its way. */
export const MAX_FILE_BYTES: number = 50 * 1024 * 1024;

/** Slack shows a file a moment after it said yes: how often it is asked where, and how far apart. */
const TRIES = 5;
const TRY_MS = 200;

/** Hosts Slack takes and serves files at; of a server of one's own, that server alone. */
export function fileHosts(api: WebApi): readonly string[] {
  const own = new URL(api.url);
  return own.hostname === 'slack.com' ? ['slack.com'] : [own.host];
}

/** An address to upload to, if it is one of Slack's. Whoever is there gets the file. */
function uploadAddress(api: WebApi, address: string | undefined): URL {
  const url = URL.canParse(address ?? '') ? new URL(address ?? '') : undefined;
  const isOurs = fileHosts(api).some(
    (host) =>
      url !== undefined &&
      (url.host === host || (!host.includes(':') && url.host.endsWith(`.${host}`))),
  );
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopbackUrl(url));
  if (url === undefined || !isOurs || !isSafe) {
    throw new DeliveryError(
      'failed',
      'slack.upload_refused',
      'The address to upload to is not one of Slack.',
      { hint: 'Check channels.slack.apiUrl: files go to hosts of Slack only.' },
    );
  }
  return url;
}

/** A bare name: a path or a line break in it could mean something else to somebody. */
function nameOf(file: OutboundFile): string {
  const name = file.name.replaceAll(/[\p{Cc}/\\]+/gu, '_').slice(0, 200);
  return name === '' ? 'file' : name;
}

/** A failure that nobody can have seen the effect of may be tried again. */
async function unseen<T>(step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    if (error instanceof CallError && ['lost', 'broken'].includes(error.failure.kind)) {
      throw new CallError({ kind: 'unsent', why: 'The upload broke off.' });
    }
    throw error;
  }
}

/** The message a file is shown in, or undefined while Slack does not say. */
function shownIn(file: unknown, channel: string): string | undefined {
  const shares = field(file, 'shares');
  for (const where of ['public', 'private']) {
    const [share] = [field(field(shares, where), channel)].flat();
    const ts = textField(share, 'ts');
    if (ts !== undefined) return ts;
  }
  return undefined;
}

/** Which message it became. Without the scope to ask, the file's id stands for it. */
async function messageOf(
  api: WebApi,
  file: string,
  channel: string,
  signal: AbortSignal,
): Promise<string> {
  for (let tries = 0; tries < TRIES && !signal.aborted; tries += 1) {
    const answer = await api.call('files.info', { file }, signal).catch(() => undefined);
    if (answer === undefined) break;
    const ts = shownIn(field(answer, 'file'), channel);
    if (ts !== undefined) return ts;
    await pause(TRY_MS, signal);
  }
  return file;
}

/** Sends a file with what is written beside it. */
export async function sendFile(
  api: WebApi,
  message: OutboundMessage,
  file: OutboundFile,
  signal: AbortSignal,
): Promise<Receipt> {
  const bytes = new Uint8Array(file.bytes);
  if (bytes.length === 0 || bytes.length > MAX_FILE_BYTES) {
    throw wrongMessage('The file is empty or too large.', `Send 1 to ${MAX_FILE_BYTES} bytes.`);
  }
  const caption = renderCaption(message.text);
  if (caption.length > MESSAGE_LIMIT) {
    throw wrongMessage('What is written beside the file is too long.', 'Send it by itself.');
  }
  return await deliver(signal, async () => {
    const filename = nameOf(file);
    const { target, id } = await unseen(async () => {
      const where = await targetOf(api, message.to, signal);
      const wanted = { filename, length: bytes.length };
      const answer = await api.call('files.getUploadURLExternal', wanted, signal);
      const fileId = textField(answer, 'file_id');
      if (fileId === undefined) throw notUnderstood();
      await api.post(uploadAddress(api, textField(answer, 'upload_url')), bytes, signal);
      return { target: where, id: fileId };
    });
    const { channel, thread_ts } = target;
    const comment = isEmpty(message.text) ? {} : { initial_comment: caption };
    const share = {
      files: [{ id, title: filename }],
      channel_id: channel,
      ...(thread_ts === undefined ? {} : { thread_ts }),
      ...comment,
    };
    await api.call('files.completeUploadExternal', share, signal);
    return { messageId: await messageOf(api, id, channel, signal) };
  });
}
