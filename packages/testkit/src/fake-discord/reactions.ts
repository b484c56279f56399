/**
 * Reactions, of people and of the bot.
 *
 * @module
 */
import type { APIMessage } from 'discord.js';
import type { ChannelState, Network } from './network.ts';
import { fullMemberOf } from './payloads.ts';
import type { FakeDiscordUser } from './records.ts';
import { unknown } from './refusal.ts';

/** One Unicode emoji, or `name:id` of a server's own. */
const EMOJI = /^(?:\p{RGI_Emoji}|\p{Extended_Pictographic}|\w{2,32}:\d+)$/v;

function emojiOf(name: string): { readonly id: string | null; readonly name: string } {
  const [, custom, id] = /^(\w+):(\d+)$/u.exec(name) ?? [];
  return custom === undefined || id === undefined ? { id: null, name } : { id, name: custom };
}

function countedWith(
  { reactions = [] }: APIMessage,
  name: string,
  change: { readonly by: 1 | -1; readonly me: boolean },
): NonNullable<APIMessage['reactions']> {
  const emoji = emojiOf(name);
  const isIt = (other: { readonly id?: string | null; readonly name: string | null }) =>
    (other.id ?? null) === emoji.id && other.name === emoji.name;
  const before = reactions.find((reaction) => isIt(reaction.emoji));
  const count = Math.max(0, (before?.count ?? 0) + change.by);
  const others = reactions.filter((reaction) => reaction !== before);
  if (count === 0) return others;
  const me = change.me ? change.by === 1 : (before?.me ?? false);
  const counts = { burst: 0, normal: count };
  const rest = { count_details: counts, me, me_burst: false, burst_colors: [] };
  return [...others, { emoji, count, ...rest }];
}

/** Adds or takes back a reaction and tells the gateway. */
export function react(
  network: Network,
  state: ChannelState,
  reaction: {
    readonly from: FakeDiscordUser;
    readonly messageId: string;
    readonly emoji: string;
    readonly removed: boolean;
  },
): void {
  const { from, messageId, removed } = reaction;
  const name = reaction.emoji;
  const message = network.message(state, messageId);
  if (!EMOJI.test(name)) throw unknown('emoji');
  const change = { by: removed ? -1 : 1, me: from.id === network.bot.id } as const;
  state.messages.set(messageId, { ...message, reactions: countedWith(message, name, change) });
  const { id: channel_id, guild_id } = state.channel;
  const guild = guild_id === undefined ? undefined : network.guilds.get(guild_id);
  const place = { user_id: from.id, channel_id, message_id: messageId, emoji: emojiOf(name) };
  const where = guild === undefined ? place : { ...place, guild_id: guild.id };
  const member = guild?.members.get(from.id);
  const kind = { type: 0, burst: false };
  if (removed) network.emit('MESSAGE_REACTION_REMOVE', { ...where, ...kind }, guild_id);
  else {
    const who = member === undefined ? {} : { member: fullMemberOf(member) };
    const about = { ...where, ...kind, ...who, message_author_id: message.author.id };
    network.emit('MESSAGE_REACTION_ADD', about, guild_id);
  }
}
