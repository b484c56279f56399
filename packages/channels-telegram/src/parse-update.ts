/**
 * From an update of the Bot API to an {@link Event}. Pure; states facts and decides nothing.
 *
 * @module
 */
import type { Event } from '@portcullis/core';
import type {
  CallbackQuery,
  ChatMember,
  ChatMemberUpdated,
  MessageReactionUpdated,
  ReactionType,
  Update,
} from 'grammy/types';
import type { BotIdentity } from './api.ts';
import { conversationOf, senderOf, userSender } from './identity.ts';
import { parseEdit, parseMessage } from './parse-message.ts';

/** What parsing needs to know beside the update. */
export interface ParseContext {
  readonly me: BotIdentity;
  readonly accountId: string;
  /** The clock, milliseconds since 1970, for updates that carry no time. */
  readonly now: number;
}

/** The prefix of a button event's id; what follows is the id an answer needs. */
const BUTTON_ID = 'button:';

/** The callback query a button event came from. */
export function callbackQueryId(event: Event): string | undefined {
  return event.kind === 'button' && event.eventId?.startsWith(BUTTON_ID) === true
    ? event.eventId.slice(BUTTON_ID.length)
    : undefined;
}

function parseButton(query: CallbackQuery, context: ParseContext): Event | undefined {
  const { message, data } = query;
  if (message === undefined || data === undefined) return undefined;
  const topicId = message.is_topic_message === true ? message.message_thread_id : undefined;
  const conversation = conversationOf(message.chat, context.accountId, topicId);
  if (conversation === undefined) return undefined;
  return {
    kind: 'button',
    eventId: `${BUTTON_ID}${query.id}`,
    conversation,
    sender: userSender(query.from, context.me),
    at: context.now,
    messageId: String(message.message_id),
    button: { data },
  };
}

function emojiOf(reaction: ReactionType): string {
  if (reaction.type === 'emoji') return reaction.emoji;
  return reaction.type === 'custom_emoji' ? `custom:${reaction.custom_emoji_id}` : 'paid';
}

function parseReaction(
  reaction: MessageReactionUpdated,
  updateId: number,
  context: ParseContext,
): Event | undefined {
  const conversation = conversationOf(reaction.chat, context.accountId);
  if (conversation === undefined) return undefined;
  return {
    kind: 'reaction',
    eventId: `reaction:${reaction.chat.id}:${reaction.message_id}:${reaction.date}:${updateId}`,
    conversation,
    sender: senderOf(reaction.user, reaction.actor_chat, context.me),
    at: reaction.date * 1000,
    text: reaction.new_reaction.map(emojiOf).join(' '),
    messageId: String(reaction.message_id),
  };
}

function isIn(member: ChatMember): boolean {
  if (member.status === 'restricted') return member.is_member;
  return member.status !== 'left' && member.status !== 'kicked';
}

/** Our own membership: `join` when we came into a room, `member` for any other change. */
function parseOwnMembership(
  change: ChatMemberUpdated,
  updateId: number,
  context: ParseContext,
): Event | undefined {
  const conversation = conversationOf(change.chat, context.accountId);
  if (conversation === undefined) return undefined;
  const came = isIn(change.new_chat_member) && !isIn(change.old_chat_member);
  const kind = came && conversation.kind !== 'direct' ? 'join' : 'member';
  return {
    kind,
    eventId: `${kind}:${change.chat.id}:${change.date}:${updateId}`,
    conversation,
    sender: userSender(change.from, context.me),
    at: change.date * 1000,
    text: `bot: ${change.old_chat_member.status} -> ${change.new_chat_member.status}`,
  };
}

function isUpdate(value: unknown): value is Update {
  return (
    typeof value === 'object' &&
    value !== null &&
    Number.isSafeInteger(Reflect.get(value, 'update_id'))
  );
}

/**
 * Parses an update. Undefined when there is no event in it. Throws on an update whose shape is not
 * the Bot API's; the caller skips it.
 */
export function parseUpdate(update: unknown, context: ParseContext): Event | undefined {
  if (!isUpdate(update)) return undefined;
  const id = update.update_id;
  const message = update.message ?? update.channel_post;
  if (message !== undefined) return parseMessage(message, context);
  const edited = update.edited_message ?? update.edited_channel_post;
  if (edited !== undefined) return parseEdit(edited, id, context);
  if (update.callback_query !== undefined) return parseButton(update.callback_query, context);
  if (update.message_reaction !== undefined) {
    return parseReaction(update.message_reaction, id, context);
  }
  return update.my_chat_member === undefined
    ? undefined
    : parseOwnMembership(update.my_chat_member, id, context);
}
