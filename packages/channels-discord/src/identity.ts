/**
 * Who and where, as Discord attests it: stable ids as decimal strings, never names.
 *
 * @module
 */
import type { Conversation, Sender } from '@portcullis/core';
import { CHANNEL_TYPE, fields, idOf, isThread, list, type Place } from './places.ts';

/** Our own account. */
export interface Identity {
  readonly id: string;
  readonly username: string;
}

/** What parsing an event needs to know. */
export interface ParseContext {
  readonly accountId: string;
  readonly me: Identity;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/**
 * A person, bot or webhook. A webhook may call itself anything and may be anybody's: it is a bot
 * with an id of its own, as is Discord itself where it writes.
 */
export function senderOf(
  user: unknown,
  member: unknown,
  webhookId: unknown,
  { me }: ParseContext,
): Sender {
  const { id: rawId, username, global_name: globalName, bot, system } = fields(user);
  const { nick, roles } = fields(member);
  const id = idOf(rawId);
  const name = text(nick) ?? text(globalName);
  const roleIds = list(roles).flatMap((role) => idOf(role) ?? []);
  const account = text(username);
  const isSelf = id === me.id;
  const isBot = bot === true || system === true || (webhookId !== undefined && webhookId !== null);
  return {
    ...(id === undefined ? {} : { id }),
    ...(account === undefined ? {} : { username: account }),
    ...(name === undefined ? {} : { name }),
    ...(roleIds.length === 0 || isBot ? {} : { roles: roleIds }),
    ...(isBot ? { isBot: true } : {}),
    ...(isSelf ? { isSelf: true } : {}),
  };
}

/**
 * Where something happened. Undefined for a type of channel that has no conversations.
 *
 * A direct conversation has the id of the person, so that it is the same whoever begins it. A thread
 * has its own id and names its channel: lists may name either.
 *
 * @param personId The other person of a direct conversation.
 */
export function conversationOf(
  place: Place,
  channelId: string,
  personId: string | undefined,
  { accountId }: ParseContext,
): Conversation | undefined {
  const base = { channel: 'discord', accountId } as const;
  const { type, parentId, guildId } = place;
  if (type === CHANNEL_TYPE.direct) {
    return personId === undefined ? undefined : { ...base, kind: 'direct', id: personId };
  }
  if (type === CHANNEL_TYPE.groupDirect) return { ...base, kind: 'groupdm', id: channelId };
  if (guildId === undefined) return undefined;
  const room = { ...base, kind: 'channel', id: channelId, guildId } as const;
  if (!isThread(type)) return room;
  return parentId === undefined ? undefined : { ...room, threadId: channelId, parentId };
}

/** The room a server is as a whole: what we are invited into. */
export function guildConversation(guildId: string, { accountId }: ParseContext): Conversation {
  return { channel: 'discord', accountId, kind: 'channel', id: guildId, guildId };
}
