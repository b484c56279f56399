/**
 * What is inside a message: building what people write, reading what the client wrote.
 *
 * @module
 */
import { normalizeMessageContent, proto } from 'baileys';
import type { MediaStore, StoredMedia } from './media/media-store.ts';
import type { WhatsAppFile, WhatsAppWords } from './records.ts';

const MIME_TYPES = {
  image: 'image/jpeg',
  video: 'video/mp4',
  audio: 'audio/mpeg',
  voice: 'audio/ogg; codecs=opus',
  document: 'application/octet-stream',
  sticker: 'image/webp',
} as const;

/** What the words of a message refer to, as addresses. */
export interface References {
  readonly mentions: readonly string[];
  /** Author of the message that is answered. */
  readonly quoted?: string;
}

function contextOf(words: WhatsAppWords, { mentions, quoted }: References): proto.IContextInfo {
  return {
    ...(mentions.length > 0 && { mentionedJid: [...mentions] }),
    ...(words.replyTo !== undefined && {
      stanzaId: words.replyTo.id,
      participant: quoted ?? null,
      quotedMessage: { conversation: words.quotedText ?? '' },
    }),
    ...(words.forwarded === true && { isForwarded: true, forwardingScore: 1 }),
  };
}

function fileContent(
  file: WhatsAppFile,
  media: StoredMedia,
  caption: string,
  contextInfo: proto.IContextInfo,
): proto.IMessage {
  const kind = file.kind ?? 'image';
  const fields = { ...media, mimetype: file.mimeType ?? MIME_TYPES[kind], contextInfo };
  const words = caption === '' ? {} : { caption };
  switch (kind) {
    case 'image':
      return { imageMessage: { ...fields, ...words } };
    case 'video':
      return { videoMessage: { ...fields, ...words } };
    case 'audio':
      return { audioMessage: { ...fields, seconds: 1 } };
    case 'voice':
      return { audioMessage: { ...fields, seconds: 1, ptt: true } };
    case 'sticker':
      return { stickerMessage: fields };
    case 'document': {
      const fileName = file.name ?? 'file';
      const documentMessage = { ...fields, ...words, fileName, title: fileName };
      if (caption === '') return { documentMessage };
      return { documentWithCaptionMessage: { message: { documentMessage } } };
    }
  }
}

/** What a person writes. */
export function compose(
  words: WhatsAppWords,
  references: References,
  store: MediaStore,
): proto.IMessage {
  const { text = '', file, content } = words;
  const contextInfo = contextOf(words, references);
  if (file !== undefined) {
    const media = store.add(file.bytes, file.kind ?? 'image');
    return { ...fileContent(file, media, text, contextInfo), ...content };
  }
  if (content !== undefined && text === '') return content;
  if (Object.keys(contextInfo).length === 0) return { conversation: text, ...content };
  return { extendedTextMessage: { text, contextInfo }, ...content };
}

/** The change of an older message. */
export function edited(key: proto.IMessageKey, text: string, at: number): proto.IMessage {
  const protocolMessage = {
    key,
    type: proto.Message.ProtocolMessage.Type.MESSAGE_EDIT,
    editedMessage: { conversation: text },
    timestampMs: at,
  };
  return { editedMessage: { message: { protocolMessage } } };
}

/** The deletion of an older message. */
export function revoked(key: proto.IMessageKey): proto.IMessage {
  return { protocolMessage: { key, type: proto.Message.ProtocolMessage.Type.REVOKE } };
}

/** A reaction to a message. */
export function reacted(key: proto.IMessageKey, emoji: string, at: number): proto.IMessage {
  return { reactionMessage: { key, text: emoji, senderTimestampMs: at } };
}

/** What a message of the client says. */
export interface Reading {
  readonly text: string;
  readonly contextInfo: proto.IContextInfo | undefined;
  readonly media: (proto.Message.IDocumentMessage & { readonly kind: string }) | undefined;
  readonly linkPreview: boolean;
}

function mediaOf(content: proto.IMessage): Reading['media'] {
  if (content.imageMessage) return { ...content.imageMessage, kind: 'image' };
  if (content.videoMessage) return { ...content.videoMessage, kind: 'video' };
  if (content.audioMessage) return { ...content.audioMessage, kind: 'audio' };
  if (content.stickerMessage) return { ...content.stickerMessage, kind: 'sticker' };
  if (content.documentMessage) return { ...content.documentMessage, kind: 'document' };
  return undefined;
}

/** Reads what the client wrote. */
export function read(message: proto.IMessage): Reading {
  const content = normalizeMessageContent(message) ?? {};
  const { conversation, extendedTextMessage: extended } = content;
  const media = mediaOf(content);
  return {
    text: conversation ?? extended?.text ?? media?.caption ?? '',
    contextInfo: extended?.contextInfo ?? media?.contextInfo ?? undefined,
    media,
    linkPreview: Boolean(extended?.matchedText) || Boolean(extended?.title),
  };
}
