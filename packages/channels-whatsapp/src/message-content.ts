/**
 * What a message holds: words, files, whom it mentions and what it answers.
 *
 * All of it is what the sender's program wrote.
 *
 * @module
 */
import type { AttachmentRef } from '@portcullis/core';
import type { proto } from 'baileys';
import { isMediaPath, type MediaKind, type MediaRef } from './media.ts';

type Content = proto.IMessage;

/** A file as a message describes it: some parts are the same for every kind. */
interface FileContent {
  readonly directPath?: string | null;
  readonly mediaKey?: Uint8Array | null;
  readonly fileSha256?: Uint8Array | null;
  readonly fileLength?: unknown;
  readonly mimetype?: string | null;
  readonly fileName?: string | null;
}

/** A number of the library: it may be a `Long`. */
export function numberOf(value: unknown): number | undefined {
  const number = typeof value === 'object' && value !== null ? Number(`${value}`) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : undefined;
}

function filesOf(content: Content): readonly (readonly [MediaKind, FileContent])[] {
  const files: (readonly [MediaKind, FileContent | null | undefined])[] = [
    ['image', content.imageMessage],
    ['video', content.videoMessage],
    ['video', content.ptvMessage],
    ['audio', content.audioMessage],
    ['document', content.documentMessage],
    ['image', content.stickerMessage],
  ];
  return files.flatMap(([kind, file]) =>
    file === null || file === undefined ? [] : [[kind, file]],
  );
}

/** The name of a file, for people: no path, nothing unseen. */
export function bareName(name: string): string {
  return (name.split(/[/\\]/u).at(-1) ?? '').replaceAll(/[\p{Cc}\p{Cf}]/gu, '').slice(0, 200);
}

function attachment(
  kind: MediaKind,
  file: FileContent,
  seal: (ref: MediaRef) => string,
): AttachmentRef | undefined {
  const { directPath: path, mediaKey: key, fileSha256: hash } = file;
  if (!path || !key || !hash || !isMediaPath(path)) return undefined;
  if (key.length !== 32 || hash.length !== 32) return undefined;
  const size = numberOf(file.fileLength);
  const mimeType = /^[\w.+-]{1,60}\/[\w.+-]{1,80}/u.exec(file.mimetype ?? '')?.[0];
  const name = bareName(file.fileName ?? '');
  return {
    ref: seal({ kind, path, key, hash }),
    ...(name === '' ? {} : { name }),
    ...(mimeType === undefined ? {} : { mimeType }),
    ...(size === undefined || size < 0 ? {} : { size }),
  };
}

/** The files of a message, as references. */
export function attachmentsOf(
  content: Content,
  seal: (ref: MediaRef) => string,
): readonly AttachmentRef[] {
  return filesOf(content)
    .map(([kind, file]) => attachment(kind, file, seal))
    .filter((file) => file !== undefined);
}

/** Content that is neither words nor a file, in words. */
function described(content: Content): string | undefined {
  const place = content.locationMessage ?? content.liveLocationMessage;
  if (place) return `[location] ${place.degreesLatitude}, ${place.degreesLongitude}`;
  const contact = content.contactMessage;
  if (contact) return `[contact] ${contact.displayName ?? ''}`.trim();
  if (content.contactsArrayMessage) return '[contacts]';
  const event = content.eventMessage;
  if (event) return `[event] ${event.name ?? ''}`.trim();
  return undefined;
}

/** The words of a message; undefined when it has neither words nor anything of use. */
export function wordsOf(content: Content): string | undefined {
  const [, file] = filesOf(content)[0] ?? [];
  const caption: unknown = file === undefined ? undefined : Reflect.get(file, 'caption');
  if (file !== undefined) return typeof caption === 'string' ? caption : '';
  return (
    content.conversation ??
    content.extendedTextMessage?.text ??
    content.buttonsResponseMessage?.selectedDisplayText ??
    content.listResponseMessage?.title ??
    content.templateButtonReplyMessage?.selectedDisplayText ??
    described(content)
  );
}

/** A poll in words. */
export function pollOf(content: Content): string | undefined {
  const poll =
    content.pollCreationMessage ?? content.pollCreationMessageV2 ?? content.pollCreationMessageV3;
  if (!poll) return undefined;
  const options = (poll.options ?? []).map(({ optionName }) => optionName ?? '');
  return ['[poll]', [poll.name ?? '', ...options].join(' / ')].join(' ');
}

/** What stands around a message: mentions, what it answers, whether it was forwarded. */
export function surroundings(content: Content): proto.IContextInfo | undefined {
  for (const part of Object.values(content)) {
    if (typeof part !== 'object' || part === null || !('contextInfo' in part)) continue;
    const info: unknown = part.contextInfo;
    if (typeof info === 'object' && info !== null) return info;
  }
  return undefined;
}
