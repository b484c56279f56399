/**
 * What a message says and carries: text, files, quoted and forwarded parts.
 *
 * @module
 */
import type { AttachmentRef, ContextItem } from '@portcullis/core';
import type { Message, MessageEntity } from 'grammy/types';
import type { BotIdentity } from './api.ts';
import { originSender, senderOf } from './identity.ts';

/** Text or caption with its entities. */
export interface WrittenText {
  readonly text: string;
  readonly entities: readonly MessageEntity[];
}

/** The text of a message, or undefined when it has none. */
export function writtenText(message: Message): WrittenText | undefined {
  if (message.text !== undefined) return { text: message.text, entities: message.entities ?? [] };
  if (message.caption === undefined) return undefined;
  return { text: message.caption, entities: message.caption_entities ?? [] };
}

interface TelegramFile {
  readonly file_id: string;
  readonly file_size?: number;
  readonly file_name?: string;
  readonly mime_type?: string;
}

function attachment(file: TelegramFile, mimeType?: string): AttachmentRef {
  const mime = file.mime_type ?? mimeType;
  return {
    ref: file.file_id,
    ...(file.file_name === undefined ? {} : { name: file.file_name }),
    ...(mime === undefined ? {} : { mimeType: mime }),
    ...(file.file_size === undefined ? {} : { size: file.file_size }),
  };
}

/** The files of a message as references. A photo counts once, in its largest size. */
export function attachmentsOf(message: Message): AttachmentRef[] {
  const photo = (message.photo ?? []).toSorted((a, b) => a.width * a.height - b.width * b.height);
  const largest = photo.at(-1);
  const files: (AttachmentRef | undefined)[] = [
    largest && attachment(largest, 'image/jpeg'),
    message.animation && attachment(message.animation, 'video/mp4'),
    message.audio && attachment(message.audio, 'audio/mpeg'),
    message.document && attachment(message.document),
    message.sticker && attachment(message.sticker),
    message.video && attachment(message.video, 'video/mp4'),
    message.video_note && attachment(message.video_note, 'video/mp4'),
    message.voice && attachment(message.voice, 'audio/ogg'),
  ];
  const byRef = new Map(
    files.filter((file) => file !== undefined).map((file) => [file.ref, file] as const),
  );
  return [...byRef.values()];
}

/** Content that is neither text nor a file, in words. */
const DESCRIBED: Readonly<Record<string, (message: Message) => string>> = {
  location: ({ location }) => `[location] ${location?.latitude}, ${location?.longitude}`,
  venue: ({ venue }) => `[venue] ${venue?.title}, ${venue?.address}`,
  contact: ({ contact }) => `[contact] ${contact?.first_name} ${contact?.phone_number}`,
  dice: ({ dice }) => `[dice] ${dice?.emoji} ${dice?.value}`,
  poll: ({ poll }) =>
    `[poll] ${[poll?.question, ...(poll?.options ?? []).map(({ text }) => text)].join(' / ')}`,
  checklist: () => '[checklist]',
  game: () => '[game]',
  gift: () => '[gift]',
  giveaway: () => '[giveaway]',
  invoice: () => '[invoice]',
  paid_media: () => '[paid media]',
  rich_message: () => '[rich message]',
  story: () => '[story]',
};

/** A description of content that is neither text nor file, or undefined. A venue is a location too. */
export function describedContent(message: Message): string | undefined {
  const present = Object.keys(DESCRIBED).filter((key) => Object.hasOwn(message, key));
  const key = present.includes('venue') ? 'venue' : present[0];
  return key === undefined ? undefined : DESCRIBED[key]?.(message);
}

/** A forum message "answers" the message that opened its topic; that is no answer to anybody. */
export function answeredMessage(message: Message): Message | undefined {
  const answered = message.reply_to_message;
  const isTopicRoot =
    message.is_topic_message === true && answered?.message_id === message.message_thread_id;
  return isTopicRoot ? undefined : answered;
}

/** What was quoted and forwarded, each with who wrote it. */
export function contextOf(message: Message, me: BotIdentity): ContextItem[] {
  const items: ContextItem[] = [];
  const answered = answeredMessage(message);
  const elsewhere = message.external_reply;
  if (answered !== undefined) {
    const text = message.quote?.text ?? writtenText(answered)?.text ?? describedContent(answered);
    const sender = senderOf(answered.from, answered.sender_chat, me);
    if (text !== undefined) items.push({ kind: 'quote', sender, text });
  } else if (elsewhere !== undefined && message.quote !== undefined) {
    const sender = originSender(elsewhere.origin, me);
    items.push({ kind: 'quote', sender, text: message.quote.text });
  }
  if (message.forward_origin !== undefined) {
    const text = writtenText(message)?.text ?? describedContent(message);
    const sender = originSender(message.forward_origin, me);
    if (text !== undefined) items.push({ kind: 'forwarded', sender, text });
  }
  return items;
}
