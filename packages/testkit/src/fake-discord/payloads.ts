/**
 * Users, members, channels and servers as the API shows them.
 *
 * @module
 */
import type {
  APIChannel,
  APIGuild,
  APIGuildMember,
  APIRole,
  APIThreadChannel,
  APIUser,
  GatewayGuildCreateDispatchData,
} from 'discord.js';
import type { ChannelState, GuildState, MemberState, Network } from './network.ts';
import type { FakeDiscordUser } from './records.ts';

/** Every permission the fake knows of: view, send, read history, react, threads and so on. */
const PERMISSIONS = '2251799813685247';

/** The enums of flags have no member for none. */
const NO_FLAGS = 0 as never;

/** A user. */
export function userOf({ id, username, global_name, bot, webhook_id }: FakeDiscordUser): APIUser {
  const user = { id, username, global_name, avatar: null };
  // People have a discriminator of "0" since names became unique; bots and webhooks keep theirs.
  if (webhook_id !== undefined) return { ...user, discriminator: '0000', bot: true };
  return bot ? { ...user, discriminator: '1234', bot } : { ...user, discriminator: '0' };
}

/** A member, without the user as events about messages have it. */
export function memberOf({ nick, roles, joinedAt }: MemberState): Omit<APIGuildMember, 'user'> {
  return {
    nick,
    roles: [...roles],
    joined_at: joinedAt,
    premium_since: null,
    avatar: null,
    banner: null,
    deaf: false,
    mute: false,
    flags: NO_FLAGS,
    pending: false,
    communication_disabled_until: null,
  };
}

/** A member with the user. */
export function fullMemberOf(member: MemberState): APIGuildMember {
  return { ...memberOf(member), user: userOf(member.user) };
}

function threadOf({ channel, name, ownerId, createdAt, messages }: ChannelState): APIThreadChannel {
  return {
    id: channel.id,
    type: channel.type === 12 ? 12 : 11,
    guild_id: channel.guild_id ?? '',
    parent_id: channel.parent_id ?? '',
    owner_id: ownerId ?? '',
    name,
    last_message_id: [...messages.keys()].at(-1) ?? null,
    message_count: messages.size,
    member_count: 1,
    rate_limit_per_user: 0,
    thread_metadata: {
      archived: false,
      auto_archive_duration: 1440,
      archive_timestamp: createdAt,
      create_timestamp: createdAt,
      locked: false,
    },
  };
}

/** A channel. */
export function channelOf(state: ChannelState): APIChannel {
  const { channel, name, recipient, messages } = state;
  const last_message_id = [...messages.keys()].at(-1) ?? null;
  if (channel.type === 1) {
    const recipients = recipient === undefined ? [] : [userOf(recipient)];
    return { id: channel.id, type: 1, name: null, recipients, last_message_id };
  }
  if (channel.type === 11 || channel.type === 12) return threadOf(state);
  const place = {
    id: channel.id,
    guild_id: channel.guild_id ?? '',
    name,
    position: 0,
    permission_overwrites: [],
    parent_id: null,
    topic: null,
    nsfw: false,
    last_message_id,
    rate_limit_per_user: 0,
  };
  if (channel.type === 15) {
    const forum = { available_tags: [], default_reaction_emoji: null, default_sort_order: null };
    return { ...place, ...forum, type: 15, default_forum_layout: 0 };
  }
  return { ...place, type: channel.type };
}

function roleOf(id: string, name: string, ofBot: FakeDiscordUser | undefined): APIRole {
  return {
    id,
    name,
    color: 0,
    colors: { primary_color: 0, secondary_color: null, tertiary_color: null },
    hoist: false,
    icon: null,
    unicode_emoji: null,
    position: 0,
    permissions: PERMISSIONS,
    managed: ofBot !== undefined,
    mentionable: true,
    flags: NO_FLAGS,
    ...(ofBot === undefined ? {} : { tags: { bot_id: ofBot.id } }),
  };
}

/** A server, without the lists only the gateway sends. */
export function guildOf(guild: GuildState, bot: FakeDiscordUser): APIGuild {
  const roles = [...guild.roles.values()].map(({ id, name, ofBot }) =>
    roleOf(id, name, ofBot ? bot : undefined),
  );
  return {
    id: guild.id,
    name: guild.name,
    owner_id: [...guild.members.keys()].find((id) => id !== bot.id) ?? bot.id,
    roles: [roleOf(guild.id, '@everyone', undefined), ...roles],
    icon: null,
    splash: null,
    discovery_splash: null,
    afk_channel_id: null,
    afk_timeout: 300,
    verification_level: 0,
    default_message_notifications: 1,
    explicit_content_filter: 0,
    emojis: [],
    stickers: [],
    features: [],
    mfa_level: 0,
    application_id: null,
    system_channel_id: null,
    system_channel_flags: NO_FLAGS,
    rules_channel_id: null,
    vanity_url_code: null,
    description: null,
    banner: null,
    premium_tier: 0,
    preferred_locale: 'en-US' as APIGuild['preferred_locale'],
    public_updates_channel_id: null,
    nsfw_level: 0,
    premium_progress_bar_enabled: false,
    hub_type: null,
    safety_alerts_channel_id: null,
    incidents_data: null,
  };
}

function isThread({ channel }: ChannelState): boolean {
  return channel.parent_id !== undefined;
}

/** A server as `GUILD_CREATE` has it. Members only with the intent to see them. */
export function guildCreateOf(
  network: Network,
  guild: GuildState,
  withMembers: boolean,
): GatewayGuildCreateDispatchData {
  const places = [...network.channels.values()].filter(
    ({ channel }) => channel.guild_id === guild.id,
  );
  const members = [...guild.members.values()].filter(
    ({ user }) => withMembers || user.id === network.bot.id,
  );
  return {
    ...guildOf(guild, network.bot),
    joined_at: guild.joinedAt,
    large: false,
    member_count: guild.members.size,
    voice_states: [],
    members: members.map(fullMemberOf),
    channels: places
      .filter((state) => !isThread(state))
      .map(channelOf) as GatewayGuildCreateDispatchData['channels'],
    threads: places.filter(isThread).map(channelOf) as GatewayGuildCreateDispatchData['threads'],
    presences: [],
    stage_instances: [],
    guild_scheduled_events: [],
    soundboard_sounds: [],
  };
}
