/**
 * Puts a file where the people of a chat fetch it, encrypted.
 *
 * @module
 */
import { readCapped } from '@portcullis/channel-kit';
import { DeliveryError, type OutboundFile } from '@portcullis/core';
import type { proto } from 'baileys';
import { isTestServer } from './config.ts';
import type { Connection, Ground } from './connection.ts';
import { bareName } from './message-content.ts';
import { encryptMedia, isMediaPath, type MediaKind, mediaHosts } from './media.ts';

/** What WhatsApp shows in the chat. Anything else is a document; so is a sound with words beside it. */
function kindOf(mimeType: string, words: string): MediaKind {
  if (mimeType === 'image/jpeg' || mimeType === 'image/png') return 'image';
  if (mimeType === 'video/mp4') return 'video';
  const isSound = /^audio\/(?:aac|mp4|mpeg|amr|ogg)\b/u.test(mimeType);
  return isSound && words === '' ? 'audio' : 'document';
}

function notUploaded(why: string): DeliveryError {
  return new DeliveryError('retry', 'whatsapp.upload_failed', `The file was not sent: ${why}`, {
    hint: 'Nothing to do: it is sent again.',
  });
}

async function put(url: URL, file: Uint8Array, signal: AbortSignal): Promise<string> {
  const headers = {
    'content-type': 'application/octet-stream',
    origin: 'https://web.whatsapp.com',
  };
  const body = new Uint8Array(file);
  const response = await fetch(url, { method: 'POST', headers, body, redirect: 'error', signal });
  const bytes = response.ok ? await readCapped(response, 64_000) : undefined;
  if (bytes === undefined) {
    await response.body?.cancel();
    throw notUploaded(`it was answered ${response.status}.`);
  }
  const answer: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
  const path: unknown =
    typeof answer === 'object' && answer !== null ? Reflect.get(answer, 'direct_path') : undefined;
  if (typeof path !== 'string' || !isMediaPath(path)) throw notUploaded('the answer was strange.');
  return path;
}

/** Uploads a file and makes the message that shows it. Throws a {@link DeliveryError}. */
export async function uploadFile(
  ground: Ground,
  connection: Connection,
  {
    file,
    words,
    quote,
  }: {
    readonly file: OutboundFile;
    readonly words: string;
    readonly quote: proto.IContextInfo | undefined;
  },
  signal: AbortSignal,
): Promise<proto.IMessage> {
  const kind = kindOf(file.mimeType, words);
  const { key, file: sealed, hash, fileHash } = encryptMedia(kind, file.bytes);
  const token = Buffer.from(fileHash).toString('base64url');
  let path: string;
  try {
    const place = await connection.within(async (socket) => await socket.refreshMediaConn(false));
    const { host } = mediaHosts(isTestServer(ground.options), place.hosts[0]?.hostname);
    const url = new URL(`https://${host}/mms/${kind}/${token}`);
    url.searchParams.set('auth', place.auth);
    url.searchParams.set('token', token);
    path = await put(url, sealed, signal);
  } catch (error) {
    // What fetch throws names the URL, and the URL holds a token.
    throw error instanceof DeliveryError ? error : notUploaded('the upload broke off.');
  }
  const common = {
    url: `https://mmg.whatsapp.net${path}`,
    directPath: path,
    mediaKey: key,
    mimetype: file.mimeType,
    fileSha256: hash,
    fileEncSha256: fileHash,
    fileLength: file.bytes.length,
    mediaKeyTimestamp: Math.floor(Date.now() / 1000),
    ...(quote === undefined ? {} : { contextInfo: quote }),
  };
  const caption = words === '' ? {} : { caption: words };
  if (kind === 'image') return { imageMessage: { ...common, ...caption } };
  if (kind === 'video') return { videoMessage: { ...common, ...caption } };
  if (kind === 'audio') return { audioMessage: common };
  const name = bareName(file.name) || 'file';
  return { documentMessage: { ...common, ...caption, fileName: name, title: name } };
}
