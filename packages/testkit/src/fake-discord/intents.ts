/**
 * Which events a bot gets: those it declared an intent for.
 *
 * @module
 */
import type { GatewayMessageCreateDispatchData } from 'discord.js';
import type { GatewayEvent } from './network.ts';

/** Servers, their channels and threads. */
export const GUILDS: number = 1 << 0;
/** Who joins and leaves. Privileged. */
export const GUILD_MEMBERS: number = 1 << 1;
const GUILD_PRESENCES = 1 << 8;
const GUILD_MESSAGES = 1 << 9;
const GUILD_REACTIONS = 1 << 10;
const DIRECT_MESSAGES = 1 << 12;
const DIRECT_REACTIONS = 1 << 13;
/** Text of messages that neither mention the bot nor are direct. Privileged. */
const MESSAGE_CONTENT = 1 << 15;

/** Intents that have to be switched on for an application first. */
export const PRIVILEGED: number = GUILD_MEMBERS | GUILD_PRESENCES | MESSAGE_CONTENT;

/** Bits that mean something: 0 to 16, 20, 21, 24 and 25. */
const KNOWN = 0x1_ff_ff | (1 << 20) | (1 << 21) | (1 << 24) | (1 << 25);

/** Whether every bit of `intents` is an intent. */
export function areKnown(intents: number): boolean {
  return Number.isInteger(intents) && intents >= 0 && (intents & ~KNOWN) === 0;
}

/** The intent an event needs; 0 when it comes always. */
function neededFor({ name, guildId }: GatewayEvent): number {
  const direct = guildId === undefined;
  if (name.startsWith('MESSAGE_REACTION')) return direct ? DIRECT_REACTIONS : GUILD_REACTIONS;
  if (name.startsWith('MESSAGE_')) return direct ? DIRECT_MESSAGES : GUILD_MESSAGES;
  if (name.startsWith('GUILD_MEMBER_')) return GUILD_MEMBERS;
  return /^(?:GUILD|CHANNEL|THREAD)_/u.test(name) ? GUILDS : 0;
}

/** Whether a session with `intents` gets `event`. */
export function isWanted(intents: number, event: GatewayEvent): boolean {
  const needed = neededFor(event);
  return needed === 0 || (intents & needed) !== 0;
}

/** The data of an event as a session with `intents` sees it: without content it may not read. */
export function visibleData(intents: number, event: GatewayEvent, botId: string): object {
  const { name, data, guildId } = event;
  const isMessage = name === 'MESSAGE_CREATE' || name === 'MESSAGE_UPDATE';
  if (!isMessage || guildId === undefined || (intents & MESSAGE_CONTENT) !== 0) return data;
  const { author, mentions } = data as GatewayMessageCreateDispatchData;
  if (author.id === botId || mentions.some(({ id }) => id === botId)) return data;
  return { ...data, content: '', embeds: [], attachments: [], components: [] };
}
