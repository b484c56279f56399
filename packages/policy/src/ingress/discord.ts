/**
 * Rooms of Discord: channels of servers ("guilds"), with lists of users and roles.
 *
 * @module
 */
import type { Decision } from '@portcullis/core';
import { type Section, byDefault, subsection, toSection, within } from '../config/shape.ts';
import { asList } from '../setting.ts';
import { type IngressCode, verdict } from './reasons.ts';
import type { Room, RoomInput, RoomPolicy, RoomSenders } from './room.ts';
import { type Scope, accountSetting, scopeList } from './scope.ts';
import { standalone } from './sender-list.ts';

/** Finds a Discord channel: its server's entry, then its own, its parent's or the `*` entry. */
export function findDiscordRoom(scope: Scope, input: RoomInput): Room {
  const setting = accountSetting(scope, 'guilds');
  const guilds = setting === undefined ? undefined : toSection(setting);
  const guild = guilds === undefined ? undefined : findGuild(guilds, input.guildId);
  const channels = guild === undefined ? undefined : subsection(guild, 'channels');
  const star = channels === undefined ? undefined : subsection(channels, '*');
  const entry =
    channels === undefined
      ? undefined
      : (ownEntry(channels, input.peerId) ?? ownEntry(channels, input.parentId) ?? star);
  const unlisted: IngressCode = guilds === undefined ? 'group.open' : 'group.member';
  return {
    topic: undefined,
    entry,
    guild,
    star,
    membership: (policy) => membership(scope, { guilds, guild, channels, entry }, policy),
    senders: () => senders(scope, [entry, guild, star], unlisted),
  };
}

function findGuild(guilds: Section, guildId: string | undefined): Section | undefined {
  if (guildId === undefined) return undefined;
  return (guildId === '*' ? undefined : subsection(guilds, guildId)) ?? subsection(guilds, '*');
}

function ownEntry(channels: Section, id: string | undefined): Section | undefined {
  return id === undefined || id === '*' ? undefined : subsection(channels, id);
}

interface Found {
  readonly guilds: Section | undefined;
  readonly guild: Section | undefined;
  readonly channels: Section | undefined;
  readonly entry: Section | undefined;
}

function membership(scope: Scope, found: Found, policy: RoomPolicy): Decision | undefined {
  const { guilds, guild, channels, entry } = found;
  if (guilds === undefined) {
    if (policy === 'open') return undefined;
    const path = byDefault(`${scope.channelSection.path}.guilds`);
    return verdict.deny('group.guild.not_allowlisted', path);
  }
  if (guild === undefined) return verdict.deny('group.guild.not_allowlisted', guilds.path);
  if (channels === undefined || entry !== undefined) return undefined;
  return verdict.deny('group.channel.not_allowlisted', channels.path);
}

/** `users` and `roles` of the first section that defines either; both are taken from it. */
function senders(
  scope: Scope,
  sections: readonly (Section | undefined)[],
  unlisted: IngressCode,
): RoomSenders {
  for (const section of sections) {
    if (section === undefined) continue;
    const users = within(section, 'users');
    const roles = within(section, 'roles');
    if (users.value === undefined && roles.value === undefined) continue;
    const list =
      users.value === undefined ? undefined : standalone(scopeList(scope, users), users.path);
    const ids = asList(roles) ?? [];
    return { list, roles: { ids, path: roles.path }, path: list?.path ?? roles.path, unlisted };
  }
  const path = `${scope.channelSection.path}.guilds`;
  return { list: undefined, roles: undefined, path, unlisted };
}
