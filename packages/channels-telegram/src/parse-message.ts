/**
 * From a Telegram message (new, edited or about the chat itself) to an {@link Event}.
 *
 * @module
 */
import { type Event, type EventFacts, type EventKind, messageEventId } from '@portcullis/core';
import type { Message, MessageEntity } from 'grammy/types';
import type { BotIdentity } from './api.ts';
import { conversationOf, senderOf } from './identity.ts';
import {
  answeredMessage,
  attachmentsOf,
  contextOf,
  describedContent,
  writtenText,
  type WrittenText,
} from './message-content.ts';
import type { ParseContext } from './parse-update.ts';

/** Whom an entity addresses. */
function addressee(
  entity: MessageEntity,
  text: string,
  me: BotIdentity,
): 'us' | 'somebody' | undefined {
  if (entity.type === 'text_mention') return entity.user.id === me.id ? 'us' : 'somebody';
  if (entity.type !== 'mention' && entity.type !== 'bot_command') return undefined;
  const slice = text.slice(entity.offset, entity.offset + entity.length).toLowerCase();
  const name = slice.slice(slice.indexOf('@') + 1);
  if (!slice.includes('@')) return undefined;
  return name === me.username.toLowerCase() ? 'us' : 'somebody';
}

function factsOf(message: Message, written: WrittenText, me: BotIdentity): EventFacts {
  const called = new Set(written.entities.map((entity) => addressee(entity, written.text, me)));
  const replyToBot = answeredMessage(message)?.from?.id === me.id;
  const origin = message.external_reply?.origin;
  const quotesUs =
    message.quote !== undefined &&
    (replyToBot || (origin?.type === 'user' && origin.sender_user.id === me.id));
  return {
    ...(called.has('us') ? { nativeMention: true } : {}),
    ...(called.has('somebody') ? { mentionsOthers: true } : {}),
    ...(replyToBot ? { replyToBot: true } : {}),
    ...(quotesUs ? { quotedBot: true } : {}),
  };
}

/** The control command a message begins with, unless it is meant for another bot. */
function commandOf(
  { text, entities }: WrittenText,
  me: BotIdentity,
): { name: string; args: string } | undefined {
  const entity = entities.find(({ type, offset }) => type === 'bot_command' && offset === 0);
  if (entity === undefined || addressee(entity, text, me) === 'somebody') return undefined;
  const name = text.slice(1, entity.length).split('@')[0] ?? '';
  if (name === '') return undefined;
  return { name: name.toLowerCase(), args: text.slice(entity.length).trim() };
}

/** What happened to the chat itself, where there is an event kind for it. */
function serviceKind(message: Message): EventKind | undefined {
  if (message.pinned_message !== undefined) return 'pin';
  // The room goes on under a new id: for the gateway that is a new room, listed or not.
  if (message.migrate_from_chat_id !== undefined) return 'join';
  const moved = message.new_chat_members ?? message.left_chat_member ?? message.migrate_to_chat_id;
  return moved === undefined ? undefined : 'member';
}

function serviceText(message: Message): string | undefined {
  const { new_chat_members: joined, left_chat_member: left } = message;
  if (joined !== undefined) return `joined: ${joined.map(({ id }) => id).join(', ')}`;
  if (left !== undefined) return `left: ${left.id}`;
  if (message.migrate_to_chat_id !== undefined) return `became ${message.migrate_to_chat_id}`;
  if (message.migrate_from_chat_id !== undefined) return `was ${message.migrate_from_chat_id}`;
  return undefined;
}

function base(message: Message, kind: EventKind, context: ParseContext): Event | undefined {
  const topicId = message.is_topic_message === true ? message.message_thread_id : undefined;
  const conversation = conversationOf(message.chat, context.accountId, topicId);
  if (conversation === undefined) return undefined;
  return {
    kind,
    eventId:
      kind === 'message' || kind === 'command'
        ? messageEventId(String(message.chat.id), String(message.message_id))
        : `${kind}:${message.chat.id}:${message.message_id}`,
    conversation,
    sender: senderOf(message.from, message.sender_chat, context.me),
    at: message.date * 1000,
    messageId: String(message.message_id),
  };
}

function parseService(message: Message, kind: EventKind, context: ParseContext): Event | undefined {
  const event = base(message, kind, context);
  const text = serviceText(message);
  if (event === undefined) return undefined;
  const pinned = message.pinned_message?.message_id;
  return {
    ...event,
    ...(text === undefined ? {} : { text }),
    ...(pinned === undefined ? {} : { messageId: String(pinned) }),
  };
}

/**
 * What the sender wrote themselves. Forwarded words are somebody else's: they are context, never
 * text, so they neither command nor mention nor count as said by the one who forwarded them.
 */
function ownWords(message: Message): WrittenText | undefined {
  const written = writtenText(message);
  const described = describedContent(message);
  const hasContent =
    written !== undefined || described !== undefined || attachmentsOf(message).length > 0;
  if (!hasContent) return undefined;
  if (message.forward_origin !== undefined) return { text: '', entities: [] };
  return written ?? { text: described ?? '', entities: [] };
}

/** Parses a message. Undefined: nothing in it is of use (a topic was renamed, a call began). */
export function parseMessage(message: Message, context: ParseContext): Event | undefined {
  const service = serviceKind(message);
  if (service !== undefined) return parseService(message, service, context);
  const words = ownWords(message);
  if (words === undefined) return undefined;
  // An inline bot wrote the words of a `via_bot` message: no commands from there.
  const command = message.via_bot === undefined ? commandOf(words, context.me) : undefined;
  const event = base(message, command === undefined ? 'message' : 'command', context);
  if (event === undefined) return undefined;
  const facts = factsOf(message, words, context.me);
  const attachments = attachmentsOf(message);
  const items = contextOf(message, context.me);
  const answered = answeredMessage(message);
  return {
    ...event,
    text: words.text,
    ...(answered === undefined ? {} : { replyTo: String(answered.message_id) }),
    ...(Object.keys(facts).length === 0 ? {} : { facts }),
    ...(attachments.length === 0 ? {} : { attachments }),
    ...(items.length === 0 ? {} : { context: items }),
    ...(command === undefined ? {} : { command }),
  };
}

/** Parses an edited message. An edit never commands, whatever it now begins with. */
export function parseEdit(
  message: Message,
  updateId: number,
  context: ParseContext,
): Event | undefined {
  const event = parseMessage(message, context);
  if (event === undefined) return undefined;
  const { command: _ignored, ...edit } = event;
  const editedAt = message.edit_date ?? message.date;
  return {
    ...edit,
    kind: 'edit',
    // Two edits within one second have the same time; the update tells them apart.
    eventId: `edit:${message.chat.id}:${message.message_id}:${editedAt}:${updateId}`,
    at: editedAt * 1000,
  };
}
