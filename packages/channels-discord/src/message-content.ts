/**
 * What a message says and carries: words, files, quoted and forwarded parts.
 *
 * @module
 */
import type { AttachmentRef, ContextItem } from '@portcullis/core';
import { type Identity, type ParseContext, senderOf } from './identity.ts';
import { fields, idOf, list } from './places.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Discord's numbers for the ways a message refers to another. */
const REFERENCE = { answer: 0, forward: 1 } as const;

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Whether words hold a mention of somebody, as opposed to an answer that notifies them. */
export function names(content: string, id: string): boolean {
  return content.includes(`<@${id}>`) || content.includes(`<@!${id}>`);
}

/**
 * Words as a person reads them, with ids in place of names, which anybody may choose: `@123` for a
 * person, `@&123` for a role, `#123` for a channel. A mention of us in front is left out.
 */
export function readable(content: string, me: Identity): string {
  return content
    .replace(new RegExp(`^(?:\\s*<@!?${me.id}>[\\s,:]*)+`, 'u'), '')
    .replaceAll(new RegExp(`<@!?${me.id}>`, 'gu'), `@${me.username}`)
    .replaceAll(/<@!?(\d+)>/gu, '@$1')
    .replaceAll(/<@&(\d+)>/gu, '@&$1')
    .replaceAll(/<#(\d+)>/gu, '#$1')
    .replaceAll(/<a?:(\w{1,32}):\d+>/gu, ':$1:')
    .replaceAll(/<(\/[^\s<>:][^<>:]{0,100}):\d+>/gu, '$1')
    .trim();
}

/** Content that is neither words nor a file, in words. */
function described(message: Fields): string {
  const stickers = list(message['sticker_items']).map((item) => text(fields(item)['name']));
  const { question, answers } = fields(message['poll']);
  const poll = [question, ...list(answers).map((answer) => fields(answer)['poll_media'])].map(
    (part) => text(fields(part)['text']),
  );
  return [
    ...stickers.map((name) => `[sticker] ${name}`),
    ...(message['poll'] === undefined ? [] : [`[poll] ${poll.join(' / ')}`]),
  ].join('\n');
}

/** The messages a forwarded one carries. Discord does not say who wrote them. */
function snapshots(message: Fields): readonly Fields[] {
  const { type } = fields(message['message_reference']);
  if (type !== REFERENCE.forward) return [];
  return list(message['message_snapshots']).map((entry) => fields(fields(entry)['message']));
}

/** Whether a message passes on another. */
export function isForward(message: Fields): boolean {
  return fields(message['message_reference'])['type'] === REFERENCE.forward;
}

/** The id of the message this one answers. */
export function answeredId(message: Fields): string | undefined {
  const { type, message_id: id } = fields(message['message_reference']);
  return type === undefined || type === REFERENCE.answer ? idOf(id) : undefined;
}

/**
 * What the sender wrote. Forwarded words are somebody else's: they are context, never text.
 * Undefined when there is nothing in the message at all.
 */
export function wordsOf(message: Fields, me: Identity): string | undefined {
  const content = text(message['content']);
  const more = described(message);
  const isEmpty = content === '' && more === '' && list(message['attachments']).length === 0;
  if (isForward(message)) return '';
  if (isEmpty) return undefined;
  return [readable(content, me), more].filter((part) => part !== '').join('\n');
}

/**
 * The files of a message, its forwarded ones included, as references. The address is left out: it
 * is a key to the file and works for a day only, so a fresh one is asked for when the file is.
 */
export function attachmentsOf(message: Fields): AttachmentRef[] {
  const [channelId, messageId] = [idOf(message['channel_id']), idOf(message['id'])];
  return filesOf(message).flatMap((file) => {
    const { filename, content_type: mimeType, size } = file;
    const id = idOf(file['id']);
    if (id === undefined || channelId === undefined || messageId === undefined) return [];
    return [
      {
        ref: `${channelId}/${messageId}/${id}`,
        ...(typeof filename === 'string' ? { name: filename } : {}),
        ...(typeof mimeType === 'string' ? { mimeType } : {}),
        ...(typeof size === 'number' && Number.isSafeInteger(size) ? { size } : {}),
      },
    ];
  });
}

/** The files of a message as Discord describes them. */
export function filesOf(message: Fields): readonly Fields[] {
  return [message, ...snapshots(message)].flatMap((part) => list(part['attachments']).map(fields));
}

/** What was quoted and forwarded, each with who wrote it, where Discord says so. */
export function contextOf(message: Fields, context: ParseContext): ContextItem[] {
  const said = (part: Fields): string =>
    [readable(text(part['content']), context.me), described(part)]
      .filter((words) => words !== '')
      .join('\n');
  const forwarded = snapshots(message).map((part) => ({
    kind: 'forwarded' as const,
    sender: {},
    text: said(part),
  }));
  const answered = fields(message['referenced_message']);
  if (answeredId(message) === undefined || answered['author'] === undefined) return forwarded;
  const sender = senderOf(answered['author'], undefined, answered['webhook_id'], context);
  return [{ kind: 'quote' as const, sender, text: said(answered) }, ...forwarded].filter(
    (item) => item.text !== '',
  );
}
