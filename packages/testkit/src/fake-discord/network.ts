/**
 * What the fake Discord knows: its bot, people, servers, channels and messages.
 *
 * @module
 */
import type { APIMessage, GatewayMessageCreateDispatchData } from 'discord.js';
import { memberOf, userOf } from './payloads.ts';
import type {
  DiscordFile,
  DiscordInteractionAnswer,
  FakeDiscordChannel,
  FakeDiscordRole,
  FakeDiscordUser,
  SentDiscordMessage,
} from './records.ts';
import { Refusal, unknown } from './refusal.ts';
import { Snowflakes } from './snowflake.ts';

/** One member of a server. */
export interface MemberState {
  readonly user: FakeDiscordUser;
  nick: string | null;
  roles: readonly string[];
  readonly joinedAt: string;
}

/** One server. */
export interface GuildState {
  readonly id: string;
  readonly name: string;
  readonly joinedAt: string;
  readonly roles: Map<string, FakeDiscordRole & { readonly ofBot: boolean }>;
  readonly members: Map<string, MemberState>;
  botIsMember: boolean;
}

/** One channel and what happened in it. */
export interface ChannelState {
  readonly channel: FakeDiscordChannel;
  readonly name: string;
  readonly messages: Map<string, APIMessage>;
  /** The other side of a direct conversation. */
  readonly recipient?: FakeDiscordUser;
  /** Who opened a thread. */
  readonly ownerId?: string;
  readonly createdAt: string;
  /** Why the bot may not write here: Discord's code and sentence of the 403. */
  closedBecause: { readonly number: number; readonly message: string } | undefined;
}

/** A pressed button. */
export interface InteractionState {
  readonly id: string;
  readonly token: string;
  readonly channelId: string;
  /** The message with the button; of a command, none. */
  readonly messageId: string | undefined;
  answer: DiscordInteractionAnswer | undefined;
  /** The message that is the answer, once there is one. */
  answerMessageId: string | undefined;
}

/** An event for the gateway. `guildId` is absent for direct messages. */
export interface GatewayEvent {
  readonly name: string;
  readonly data: object;
  readonly guildId?: string | undefined;
}

/** How long Discord remembers nonces. */
const NONCE_MEMORY_MS = 5 * 60_000;

/** The state behind one fake bot. */
export class Network {
  readonly bot: FakeDiscordUser;
  readonly token: string;
  readonly ids: Snowflakes;
  readonly users: Map<string, FakeDiscordUser> = new Map();
  readonly guilds: Map<string, GuildState> = new Map();
  readonly channels: Map<string, ChannelState> = new Map();
  readonly files: Map<string, DiscordFile> = new Map();
  readonly interactions: Map<string, InteractionState> = new Map();
  readonly sent: SentDiscordMessage[] = [];
  /** How many files were fetched. */
  downloads = 0;
  /** The token is no longer valid. */
  revoked = false;
  readonly #nonces: Map<string, { readonly message: APIMessage; readonly at: number }> = new Map();
  #listener: (event: GatewayEvent) => void = () => undefined;

  constructor(bot: FakeDiscordUser, token: string, ids: Snowflakes) {
    this.ids = ids;
    this.bot = bot;
    this.token = token;
    this.users.set(bot.id, bot);
  }

  /** Calls `listener` with every event from now on. */
  onEvent(listener: (event: GatewayEvent) => void): void {
    this.#listener = listener;
  }

  /** Tells the gateway. */
  emit(name: string, data: object, guildId?: string): void {
    this.#listener({ name, data, guildId });
  }

  /** Servers the bot is in. */
  ownGuilds(): readonly GuildState[] {
    return [...this.guilds.values()].filter(({ botIsMember }) => botIsMember);
  }

  /** The server with `id`, if the bot is in it. */
  guild(id: string): GuildState {
    const guild = this.guilds.get(id);
    if (guild === undefined || !guild.botIsMember) throw unknown('guild');
    return guild;
  }

  /** Takes the bot out of a server. */
  leave(id: string): undefined {
    this.guild(id).botIsMember = false;
    this.emit('GUILD_DELETE', { id }, id);
    return undefined;
  }

  /** Adds a channel. */
  addChannel(
    channel: FakeDiscordChannel,
    more: Pick<ChannelState, 'name'> & Partial<Pick<ChannelState, 'recipient' | 'ownerId'>>,
  ): ChannelState {
    const state: ChannelState = {
      channel,
      ...more,
      messages: new Map(),
      createdAt: timestamp(),
      closedBecause: undefined,
    };
    this.channels.set(channel.id, state);
    return state;
  }

  /** The channel with `id`, if the bot can see it. */
  channel(id: string): ChannelState {
    const state = this.channels.get(id);
    if (state === undefined) throw unknown('channel');
    const { guild_id } = state.channel;
    if (guild_id !== undefined && this.guilds.get(guild_id)?.botIsMember !== true) {
      throw new Refusal(403, 50001, 'Missing Access');
    }
    return state;
  }

  /** The message with `id` in a channel. */
  message(state: ChannelState, id: string): APIMessage {
    const message = state.messages.get(id);
    if (message === undefined) throw unknown('message');
    return message;
  }

  /** The direct conversation of the bot with somebody, opened when there is none. */
  direct(user: FakeDiscordUser): ChannelState {
    const known = [...this.channels.values()].find(({ recipient }) => recipient?.id === user.id);
    return (
      known ?? this.addChannel({ id: this.ids.next(), type: 1 }, { name: '', recipient: user })
    );
  }

  /** Makes `user` a member of a server, or returns the member he is. */
  member(guild: GuildState, user: FakeDiscordUser): MemberState {
    const known = guild.members.get(user.id);
    if (known !== undefined) return known;
    const member: MemberState = { user, nick: null, roles: [], joinedAt: timestamp() };
    guild.members.set(user.id, member);
    return member;
  }

  /** The message as the gateway shows it. */
  dispatched(state: ChannelState, message: APIMessage): GatewayMessageCreateDispatchData {
    const { guild_id, type } = state.channel;
    // A forum itself holds no messages, only its posts do.
    const channel_type = type as Exclude<typeof type, 15>;
    const guild = guild_id === undefined ? undefined : this.guilds.get(guild_id);
    if (guild === undefined) return { ...message, channel_type };
    const member = guild.members.get(message.author.id);
    const mentions = message.mentions.map((user) => {
      const mentioned = guild.members.get(user.id);
      return mentioned === undefined ? user : { ...user, member: memberOf(mentioned) };
    });
    const place = { ...message, mentions, guild_id: guild.id, channel_type };
    return member === undefined || message.webhook_id !== undefined
      ? place
      : { ...place, member: memberOf(member) };
  }

  /** Writes a message and tells the gateway. */
  write(state: ChannelState, content: Partial<APIMessage>, author: FakeDiscordUser): APIMessage {
    const message: APIMessage = {
      id: this.ids.next(),
      channel_id: state.channel.id,
      author: userOf(author),
      content: '',
      timestamp: timestamp(),
      edited_timestamp: null,
      tts: false,
      mention_everyone: false,
      mentions: [],
      mention_roles: [],
      attachments: [],
      embeds: [],
      components: [],
      pinned: false,
      type: 0,
      ...(author.webhook_id === undefined ? {} : { webhook_id: author.webhook_id }),
      ...content,
    };
    state.messages.set(message.id, message);
    this.emit('MESSAGE_CREATE', this.dispatched(state, message), state.channel.guild_id);
    return message;
  }

  /** Changes a message and tells the gateway. */
  change(state: ChannelState, id: string, changes: Partial<APIMessage>): APIMessage {
    const message = { ...this.message(state, id), ...changes };
    state.messages.set(id, message);
    this.emit('MESSAGE_UPDATE', this.dispatched(state, message), state.channel.guild_id);
    return message;
  }

  /** Deletes a message and tells the gateway. */
  remove(state: ChannelState, id: string): void {
    this.message(state, id);
    state.messages.delete(id);
    const { id: channel_id, guild_id } = state.channel;
    const guild = guild_id === undefined ? {} : { guild_id };
    this.emit('MESSAGE_DELETE', { id, channel_id, ...guild }, guild_id);
  }

  /** The message the bot sent with `nonce` in the past minutes. */
  sentWithNonce(nonce: string): APIMessage | undefined {
    const known = this.#nonces.get(nonce);
    return known === undefined || Date.now() - known.at > NONCE_MEMORY_MS
      ? undefined
      : known.message;
  }

  /** Remembers the message sent with `nonce`. */
  rememberNonce(nonce: string, message: APIMessage): void {
    this.#nonces.set(nonce, { message, at: Date.now() });
  }
}

/** Now, as Discord writes times. */
export function timestamp(): string {
  return new Date().toISOString().replace('Z', '000+00:00');
}
