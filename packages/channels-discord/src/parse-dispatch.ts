/**
 * From an event of the gateway to an {@link Event}, whatever kind it is.
 *
 * @module
 */
import type { Event } from '@portcullis/core';
import { conversationOf, guildConversation, type ParseContext, senderOf } from './identity.ts';
import { type FoundMessage, parseEdit, parseMessage } from './parse-message.ts';
import { CHANNEL_TYPE, fields, idOf, isThread, list, type Place, type Places } from './places.ts';

type Fields = Readonly<Record<string, unknown>>;

/** An event of the gateway. */
export interface Dispatch {
  readonly name: string;
  readonly data: Fields;
  /** Names this delivery for good: the session and the number in it. */
  readonly delivery: string;
}

/** What parsing needs, and what it asks for what it does not know. */
export interface DispatchContext extends ParseContext {
  readonly places: Places;
  /** Joins from before this time are not news. Milliseconds since 1970. */
  readonly since: number;
  readonly signal: AbortSignal;
}

const BUTTON = { interaction: 3, component: 2 } as const;
const COMMAND = { interaction: 2, typed: 1 } as const;

async function placeOf(data: Fields, context: DispatchContext): Promise<Place | undefined> {
  const channelId = idOf(data['channel_id']);
  if (channelId === undefined) return undefined;
  const type: unknown = data['channel_type'] ?? fields(data['channel'])['type'];
  const guildId = idOf(data['guild_id']);
  const stated = {
    ...(typeof type === 'number' ? { type } : {}),
    ...(guildId === undefined ? {} : { guildId }),
  };
  const place = await context.places.find(channelId, stated, context.signal);
  if (place === undefined) return undefined;
  // A server is where the event says; what was asked for or remembered may not move it.
  const { guildId: _known, ...rest } = place;
  return guildId === undefined ? rest : { ...rest, guildId };
}

/** The other person of a direct conversation: whoever acted, unless that is us. */
function personOf(channelId: string, actor: string | undefined, context: DispatchContext) {
  const { me, places } = context;
  if (actor === undefined || actor === me.id) return places.person(channelId);
  places.met(channelId, actor);
  return actor;
}

async function locate(data: Fields, actor: string | undefined, context: DispatchContext) {
  const place = await placeOf(data, context);
  const channelId = idOf(data['channel_id']);
  if (place === undefined || channelId === undefined) return undefined;
  const isDirect = place.type === CHANNEL_TYPE.direct;
  const person = isDirect ? personOf(channelId, actor, context) : undefined;
  const conversation = conversationOf(place, channelId, person, context);
  return conversation && { conversation, place, channelId };
}

async function findMessage(
  message: Fields,
  context: DispatchContext,
): Promise<FoundMessage | undefined> {
  const { places, me, signal } = context;
  const author = idOf(fields(message['author'])['id']);
  if (author === undefined) return undefined;
  const located = await locate(message, author, context);
  if (located === undefined) return undefined;
  const { conversation, place, channelId } = located;
  const { guildId } = place;
  const namesRoles = guildId !== undefined && list(message['mention_roles']).length > 0;
  const wroteHere = isThread(place.type) && places.hasWrittenIn(channelId);
  if (author === me.id) places.wrote(channelId);
  return {
    message,
    conversation,
    ourRole: namesRoles ? await places.ourRole(guildId, signal) : undefined,
    wroteHere: wroteHere && author !== me.id,
  };
}

function emojiOf(emoji: unknown): string {
  const { id, name } = fields(emoji);
  const custom = idOf(id);
  return custom === undefined ? String(name ?? '') : `:${String(name ?? '')}:${custom}`;
}

async function parseReaction(
  { data, delivery, name }: Dispatch,
  context: DispatchContext,
): Promise<Event | undefined> {
  const [userId, messageId] = [idOf(data['user_id']), idOf(data['message_id'])];
  const located = await locate(data, userId, context);
  if (located === undefined || userId === undefined || messageId === undefined) return undefined;
  const { conversation } = located;
  const user = fields(fields(data['member'])['user']);
  return {
    kind: 'reaction',
    // The same person may react in the same way again; only the delivery tells that apart.
    eventId: `reaction:${conversation.id}:${messageId}:${userId}:${delivery}`,
    conversation,
    sender: senderOf({ ...user, id: userId }, data['member'], undefined, context),
    at: Date.now(),
    text: name === 'MESSAGE_REACTION_ADD' ? emojiOf(data['emoji']) : '',
    messageId,
  };
}

/** The arguments of a command as they would be typed: values in their order. */
function argumentsOf(options: unknown): string {
  return list(options)
    .map((option) => {
      const { value, options: nested, name } = fields(option);
      return value === undefined ? `${String(name ?? '')} ${argumentsOf(nested)}` : String(value);
    })
    .join(' ')
    .trim();
}

async function parseInteraction(
  data: Fields,
  context: DispatchContext,
): Promise<Event | undefined> {
  const id = idOf(data['id']);
  const member = fields(data['member']);
  const user = data['user'] ?? member['user'];
  const who = idOf(fields(user)['id']);
  const located = await locate(data, who, context);
  if (id === undefined || who === undefined || located === undefined) return undefined;
  const { custom_id: pressed, component_type, name, type, options } = fields(data['data']);
  const common = {
    conversation: located.conversation,
    sender: senderOf(user, data['member'], undefined, context),
    at: Date.now(),
  };
  const isButton = data['type'] === BUTTON.interaction && component_type === BUTTON.component;
  if (isButton && typeof pressed === 'string') {
    const messageId = idOf(fields(data['message'])['id']);
    return {
      kind: 'button',
      eventId: `button:${id}`,
      ...common,
      ...(messageId === undefined ? {} : { messageId }),
      button: { data: pressed },
    };
  }
  const isCommand = data['type'] === COMMAND.interaction && type === COMMAND.typed;
  if (!isCommand || typeof name !== 'string') return undefined;
  const args = argumentsOf(options);
  return {
    kind: 'command',
    eventId: `command:${id}`,
    ...common,
    text: `/${name} ${args}`.trim(),
    command: { name: name.toLowerCase(), args },
  };
}

/** A server we came into. Discord tells of all our servers when a session begins; most are not new. */
function parseGuild(guild: Fields, context: DispatchContext): Event | undefined {
  const guildId = idOf(guild['id']);
  const joined: unknown = guild['joined_at'];
  const at = typeof joined === 'string' ? Date.parse(joined) : Number.NaN;
  if (guildId === undefined || !(at >= context.since)) return undefined;
  return {
    kind: 'join',
    eventId: `join:${guildId}:${at}`,
    conversation: guildConversation(guildId, context),
    sender: {},
    at,
    text: 'bot: joined',
  };
}

/**
 * Parses an event. Undefined when there is nothing in it for the gateway. Rejects with `CallError`
 * when something had to be asked for and Discord did not answer; throws on an event of another shape.
 */
export async function parseDispatch(
  dispatch: Dispatch,
  context: DispatchContext,
): Promise<Event | undefined> {
  const { name, data } = dispatch;
  switch (name) {
    case 'MESSAGE_CREATE': {
      const found = await findMessage(data, context);
      return found && parseMessage(found, context);
    }
    case 'MESSAGE_UPDATE': {
      // Previews come in this way, too, often; nothing has to be asked for them.
      if (typeof data['edited_timestamp'] !== 'string') return undefined;
      const found = await findMessage(data, context);
      return found && parseEdit(found, context);
    }
    case 'MESSAGE_REACTION_ADD':
    case 'MESSAGE_REACTION_REMOVE':
      return await parseReaction(dispatch, context);
    case 'INTERACTION_CREATE':
      return await parseInteraction(data, context);
    case 'GUILD_CREATE':
      return parseGuild(data, context);
    default:
      return undefined;
  }
}
