/**
 * Who and where, as Slack attests it: stable ids, and whose people they are.
 *
 * @module
 */
import type { Conversation, ConversationKind, Sender } from '@portcullis/core';
import type { BotIdentity } from './api.ts';
import { field, textField } from './fields.ts';

const USER_ID = /^[UW][A-Z0-9]{2,20}$/u;
const BOT_ID = /^B[A-Z0-9]{2,20}$/u;

/** Slack's own account: it repeats what anybody told it to say later. */
const SLACKBOT = 'USLACKBOT';

/** Who did something, in the fields Slack has for it. */
export interface Author {
  readonly user?: unknown;
  readonly botId?: unknown;
  /** The workspace Slack says the account belongs to. */
  readonly team?: unknown;
  /** A name to show. Chosen by whoever bears it. */
  readonly name?: unknown;
}

/** Whose people may be meant where Slack does not say whose they are. */
export interface Surroundings {
  readonly me: BotIdentity;
  /** The conversation is shared with other companies (Slack Connect). */
  readonly isShared: boolean;
}

/**
 * The id of a person. Somebody of another workspace keeps its id before their own: that is nobody
 * in any list. In a shared conversation, somebody whose workspace is not told has no id at all.
 */
function personId(user: string, team: unknown, { me, isShared }: Surroundings): string | undefined {
  if (!USER_ID.test(user)) return undefined;
  if (team === me.teamId) return user;
  if (typeof team === 'string' && team !== '') return `${team}:${user}`;
  return isShared ? undefined : user;
}

/** Who wrote or did something. */
export function senderOf(author: Author, surroundings: Surroundings): Sender {
  const { me } = surroundings;
  const user = typeof author.user === 'string' ? author.user : undefined;
  const bot = typeof author.botId === 'string' && author.botId !== '' ? author.botId : undefined;
  const isSelf = user === me.userId || (bot !== undefined && bot === me.botId);
  const id =
    user === undefined
      ? bot !== undefined && BOT_ID.test(bot)
        ? bot
        : undefined
      : personId(user, author.team, surroundings);
  return {
    ...(id === undefined ? {} : { id }),
    ...(typeof author.name === 'string' && author.name !== '' ? { name: author.name } : {}),
    ...(bot !== undefined || user === SLACKBOT ? { isBot: true } : {}),
    ...(isSelf ? { isSelf: true } : {}),
  };
}

/** Who wrote a message. In a shared conversation it says so in two more fields. */
export function writerOf(message: unknown, surroundings: Surroundings): Sender {
  const team =
    textField(message, 'user_team') ??
    textField(message, 'source_team') ??
    textField(message, 'team');
  const author: Author = {
    user: field(message, 'user'),
    botId: field(message, 'bot_id'),
    team,
    name: field(message, 'username'),
  };
  const sender = senderOf(author, surroundings);
  const isClassicBot = field(message, 'subtype') === 'bot_message';
  return isClassicBot ? { ...sender, isBot: true } : sender;
}

/** The kinds of conversation by Slack's names for their types. Never by the letter of an id. */
const KINDS: ReadonlyMap<unknown, ConversationKind> = new Map([
  ['im', 'direct'],
  ['mpim', 'groupdm'],
  ['channel', 'channel'],
  // A public channel may be made private; it stays the same room.
  ['group', 'channel'],
]);

/** The kind an event names, or undefined when it names none that is known. */
export function kindOf(channelType: unknown): ConversationKind | undefined {
  return KINDS.get(channelType);
}

/** A conversation that Slack described, or undefined when the description says nothing. */
export function kindOfInfo(channel: unknown): ConversationKind | undefined {
  if (field(channel, 'is_im') === true) return 'direct';
  if (field(channel, 'is_mpim') === true) return 'groupdm';
  const isRoom = field(channel, 'is_channel') === true || field(channel, 'is_group') === true;
  return isRoom ? 'channel' : undefined;
}

/** Where something happened, as far as the event itself says. */
export interface Place {
  readonly channelId: string;
  /** Undefined: the network has to be asked. */
  readonly kind: ConversationKind | undefined;
  readonly threadId?: string | undefined;
}

/** The conversation of a place. */
export function conversationOf(
  { channelId, threadId }: Place,
  kind: ConversationKind,
  accountId: string,
  me: BotIdentity,
): Conversation {
  return {
    channel: 'slack',
    accountId,
    kind,
    id: channelId,
    ...(threadId === undefined ? {} : { threadId }),
    teamId: me.teamId,
  };
}
