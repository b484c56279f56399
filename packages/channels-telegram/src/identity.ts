/**
 * Who and where, as Telegram attests it: stable ids as decimal strings.
 *
 * @module
 */
import type { Conversation, ConversationKind, Sender } from '@portcullis/core';
import type { Chat, MessageOrigin, User } from 'grammy/types';
import type { BotIdentity } from './api.ts';

/**
 * Accounts behind which Telegram hides many people: anonymous admins, channels writing in groups,
 * and the service account. An id in an allow list must never mean "whoever wrote anonymously".
 */
const NOBODY: ReadonlySet<number> = new Set([1_087_968_824, 136_817_688, 777_000]);

/** A number id as decimal text; undefined when it is none. */
export function idText(id: unknown): string | undefined {
  return typeof id === 'number' && Number.isSafeInteger(id) ? String(id) : undefined;
}

function chatSender(chat: Chat): Sender {
  // The id of a chat is negative, so it matches no person in any list.
  const id = chat.id < 0 ? idText(chat.id) : undefined;
  return {
    ...(id === undefined ? {} : { id }),
    ...(chat.username === undefined ? {} : { username: chat.username }),
    ...(chat.title === undefined ? {} : { name: chat.title }),
  };
}

/** A person or bot. */
export function userSender(user: User, me: BotIdentity): Sender {
  const id = NOBODY.has(user.id) || user.id <= 0 ? undefined : idText(user.id);
  const name = [user.first_name, user.last_name].filter((part) => part !== undefined).join(' ');
  return {
    ...(id === undefined ? {} : { id }),
    ...(user.username === undefined ? {} : { username: user.username }),
    ...(name === '' ? {} : { name }),
    ...(user.is_bot ? { isBot: true } : {}),
    ...(user.id === me.id ? { isSelf: true } : {}),
  };
}

/** Who wrote: the chat somebody wrote as, before the account Telegram puts in its place. */
export function senderOf(
  from: User | undefined,
  senderChat: Chat | undefined,
  me: BotIdentity,
): Sender {
  if (senderChat !== undefined) return chatSender(senderChat);
  return from === undefined ? {} : userSender(from, me);
}

/** Who wrote what was forwarded or quoted from elsewhere. */
export function originSender(origin: MessageOrigin, me: BotIdentity): Sender {
  switch (origin.type) {
    case 'user':
      return userSender(origin.sender_user, me);
    case 'hidden_user':
      return { name: origin.sender_user_name };
    case 'chat':
      return chatSender(origin.sender_chat);
    case 'channel':
      return chatSender(origin.chat);
    default:
      return {};
  }
}

const KINDS: Readonly<Record<string, ConversationKind>> = {
  private: 'direct',
  group: 'group',
  supergroup: 'group',
  channel: 'channel',
};

/**
 * Where it happened. Undefined for a kind of chat we do not know, and for an id of another kind:
 * people have positive ids, rooms negative ones, so that neither is ever judged as the other.
 */
export function conversationOf(
  chat: Chat,
  accountId: string,
  topicId?: number,
): Conversation | undefined {
  const kind = Object.hasOwn(KINDS, chat.type) ? KINDS[chat.type] : undefined;
  const id = idText(chat.id);
  if (kind === undefined || id === undefined) return undefined;
  if (chat.id > 0 !== (kind === 'direct')) return undefined;
  return {
    channel: 'telegram',
    accountId,
    kind,
    id,
    ...(topicId === undefined ? {} : { topicId: String(topicId) }),
  };
}
