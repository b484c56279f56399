/**
 * From a message of Slack (new, or changed) to an event.
 *
 * @module
 */
import {
  type AttachmentRef,
  type ContextItem,
  type Event,
  type EventFacts,
  messageEventId,
} from '@portcullis/core';
import { field, listField, textField, timeOf } from './fields.ts';
import { kindOf, type Place, type Surroundings, writerOf } from './identity.ts';
import { cleanText, type CleanText } from './markup.ts';

/** What parsing needs to know beside what was delivered. */
export interface ParseContext extends Surroundings {
  /** The clock, milliseconds since 1970, for what carries no time. */
  readonly now: number;
  /** Whether we wrote in a thread before. */
  readonly wroteIn: (channelId: string, threadId: string) => boolean;
}

/** An event whose conversation may have to be asked for. */
export interface Parsed {
  readonly event: Omit<Event, 'conversation'>;
  readonly place: Place;
}

/** The subtypes somebody's words come with. Every other one tells of the conversation itself. */
const SPOKEN: ReadonlySet<string | undefined> = new Set([
  undefined,
  'bot_message',
  'file_share',
  'me_message',
  'thread_broadcast',
]);

/** Whether a message is somebody's words. */
function isSpoken(message: unknown): boolean {
  return SPOKEN.has(textField(message, 'subtype'));
}

/** A file as a reference: its address, or its id where the address has to be asked for. */
function attachmentOf(file: unknown): AttachmentRef | undefined {
  const id = textField(file, 'id');
  // A file of another service is a link, and so is a post that is no file at all.
  if (id === undefined || field(file, 'is_external') === true) return undefined;
  const ref = textField(file, 'url_private_download') ?? textField(file, 'url_private') ?? id;
  const [name, mimeType] = [textField(file, 'name'), textField(file, 'mimetype')];
  const size = field(file, 'size');
  return {
    ref,
    ...(name === undefined ? {} : { name }),
    ...(mimeType === undefined ? {} : { mimeType }),
    ...(typeof size === 'number' && size > 0 ? { size } : {}),
  };
}

function attachmentsOf(message: unknown): readonly AttachmentRef[] {
  return listField(message, 'files')
    .map(attachmentOf)
    .filter((attachment) => attachment !== undefined);
}

/** Messages that were shared into this one: somebody else's words. */
function sharedWords(message: unknown, context: ParseContext): readonly ContextItem[] {
  return listField(message, 'attachments').flatMap((shared): ContextItem[] => {
    const isMessage = field(shared, 'is_share') === true || field(shared, 'is_msg_unfurl') === true;
    const text = textField(shared, 'text');
    if (!isMessage || text === undefined) return [];
    // Slack does not say which workspace the author belongs to: in a shared channel it is nobody.
    const author = { user: field(shared, 'author_id'), user_team: field(shared, 'author_team') };
    const sender = writerOf(author, context);
    return [{ kind: 'forwarded', sender, text: cleanText(text, context.me).text }];
  });
}

/** The thread a message is in. The message that opens a thread is in the conversation itself. */
function threadOf(message: unknown): string | undefined {
  const thread = textField(message, 'thread_ts');
  return thread === textField(message, 'ts') ? undefined : thread;
}

function factsOf(
  message: unknown,
  words: CleanText,
  place: Place,
  context: ParseContext,
): EventFacts {
  const { threadId, channelId } = place;
  const answersUs =
    threadId !== undefined && field(message, 'parent_user_id') === context.me.userId;
  const knowsUs = threadId !== undefined && context.wroteIn(channelId, threadId);
  return {
    ...(words.mentionsUs ? { nativeMention: true } : {}),
    ...(words.mentionsOthers ? { mentionsOthers: true } : {}),
    ...(answersUs ? { replyToBot: true } : {}),
    ...(knowsUs ? { botInThread: true } : {}),
  };
}

function spoken(
  message: unknown,
  place: Place,
  context: ParseContext,
): Omit<Event, 'conversation' | 'kind' | 'eventId'> | undefined {
  const ts = textField(message, 'ts');
  if (ts === undefined || !isSpoken(message)) return undefined;
  const words = cleanText(textField(message, 'text') ?? '', context.me);
  const attachments = attachmentsOf(message);
  const forwarded = sharedWords(message, context);
  if (words.text === '' && attachments.length === 0 && forwarded.length === 0) return undefined;
  const facts = factsOf(message, words, place, context);
  return {
    sender: writerOf(message, context),
    at: timeOf(ts, context.now),
    text: words.text,
    messageId: ts,
    ...(place.threadId === undefined ? {} : { replyTo: place.threadId }),
    ...(Object.keys(facts).length === 0 ? {} : { facts }),
    ...(attachments.length === 0 ? {} : { attachments }),
    ...(forwarded.length === 0 ? {} : { context: forwarded }),
  };
}

/** A new message, and its second delivery as `app_mention`: both have the same event id. */
export function parseNew(message: unknown, context: ParseContext): Parsed | undefined {
  const channelId = textField(message, 'channel');
  if (channelId === undefined) return undefined;
  const kind = kindOf(field(message, 'channel_type'));
  const place: Place = { channelId, kind, threadId: threadOf(message) };
  const content = spoken(message, place, context);
  if (content === undefined) return undefined;
  const eventId = messageEventId(channelId, content.messageId ?? '');
  return { event: { kind: 'message', eventId, ...content }, place };
}

/**
 * A changed message. Slack also says so when a preview appeared or a thread grew: an edit is what has
 * a new time of editing.
 */
export function parseChanged(change: unknown, context: ParseContext): Parsed | undefined {
  const [message, before] = [field(change, 'message'), field(change, 'previous_message')];
  const channelId = textField(change, 'channel');
  const edited = field(message, 'edited');
  const editedAt = textField(edited, 'ts');
  const isEdit = editedAt !== undefined && editedAt !== textField(field(before, 'edited'), 'ts');
  if (channelId === undefined || !isEdit) return undefined;
  const kind = kindOf(field(change, 'channel_type'));
  const place: Place = { channelId, kind, threadId: threadOf(message) };
  const content = spoken(message, place, context);
  if (content === undefined) return undefined;
  // Words that somebody else put into a message are not its author's.
  const byAuthor = field(edited, 'user') === field(message, 'user');
  const { id: _, ...nameless } = content.sender;
  return {
    event: {
      kind: 'edit',
      eventId: `edit:${channelId}:${content.messageId}:${editedAt}`,
      ...content,
      sender: byAuthor ? content.sender : nameless,
      at: timeOf(editedAt, context.now),
    },
    place,
  };
}
