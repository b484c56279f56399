/**
 * Who may speak in rooms: is the room listed, is it switched on, is the sender listed.
 *
 * The networks name their rooms differently; `group-map.ts`, `discord.ts` and `slack.ts` find a
 * room's entries and say whether it is a member, and this file applies what is common.
 *
 * @module
 */
import type { Decision } from '@portcullis/core';
import { type Section, firstSetting, within } from '../config/shape.ts';
import { asChoice, asFlag } from '../setting.ts';
import { type Access, plain } from './access.ts';
import { findDiscordRoom } from './discord.ts';
import { findMappedRoom } from './group-map.ts';
import { type IngressCode, verdict } from './reasons.ts';
import type { Scope } from './scope.ts';
import type { SenderMatch } from './sender-list.ts';
import { findSlackRoom } from './slack.ts';
import type { Speaker } from './speaker.ts';

/** What names a room in an input. */
export interface RoomInput {
  readonly peerId: string | undefined;
  readonly topicId: string | undefined;
  readonly parentId: string | undefined;
  readonly guildId: string | undefined;
}

/** The policy for rooms; undefined when nothing sets one, which is not the same as `allowlist`. */
export type RoomPolicy = 'open' | 'allowlist' | 'disabled' | undefined;

/** The config entries that speak about one room, found by its network's rules. */
export interface Room {
  readonly topic: Section | undefined;
  /** The room's own entry. */
  readonly entry: Section | undefined;
  /** The entry of the Discord server the room belongs to. */
  readonly guild: Section | undefined;
  /** The `*` entry: defaults that the room's own entries override. */
  readonly star: Section | undefined;
  /** Undefined when the room is a member; else the refusal. */
  membership(policy: RoomPolicy): Decision | undefined;
  /** How the list of senders knows the speaker. */
  senders(policy: RoomPolicy, speaker: Speaker, audience: unknown): RoomSenders;
}

/** The answer of a room's sender list. */
export interface RoomSenders {
  /** `unlisted` when there is no list at all. */
  readonly match: SenderMatch | 'unlisted';
  readonly path: string;
  /** The answer where there is no list. */
  readonly unlisted: IngressCode;
}

/** Finds the entries for the room named by `input`. */
export function findRoom(scope: Scope, input: RoomInput): Room {
  if (scope.channel === 'discord') return findDiscordRoom(scope, input);
  if (scope.channel === 'slack') return findSlackRoom(scope, input);
  return findMappedRoom(scope, input);
}

/** The room's entries, narrow first. */
export function roomLayers(room: Room): readonly (Section | undefined)[] {
  return [room.topic, room.entry, room.guild, room.star];
}

/** The access gate for a room. */
export function roomAccess(scope: Scope, room: Room, speaker: Speaker, audience: unknown): Access {
  const policy = roomPolicy(scope, room);
  const refusal = roomRefusal(scope, room, policy);
  if (refusal !== undefined) return plain(refusal);
  const senders = room.senders(policy, speaker, audience);
  switch (senders.match) {
    case 'explicit':
      return { decision: verdict.allow('group.sender_allowlisted', senders.path), explicit: true };
    case 'wildcard':
      return plain(verdict.allow('group.member', senders.path));
    case 'none':
      return plain(verdict.deny('group.sender_not_allowlisted', senders.path));
    case 'unlisted':
      return plain(
        senders.unlisted === 'group.sender_list_empty'
          ? verdict.deny(senders.unlisted, senders.path)
          : verdict.allow(senders.unlisted, senders.path),
      );
  }
}

/** The refusal of the room as such, whoever speaks in it; undefined when it is listed and on. */
export function roomRefusal(scope: Scope, room: Room, policy: RoomPolicy): Decision | undefined {
  if (policy === 'disabled') {
    return verdict.deny('group.disabled', `${scope.channelSection.path}.groupPolicy`);
  }
  return room.membership(policy) ?? switchedOff(room);
}

const ROOM_POLICIES = ['open', 'allowlist', 'disabled'] as const;

/**
 * The room policy in force. `disabled` of the topic, the room, its server, the account or the
 * channel wins over anything narrower; a `*` entry only gives a default.
 */
export function roomPolicy(scope: Scope, room: Room): RoomPolicy {
  const { topic, entry, guild, star } = room;
  const { accountSection, channelSection, defaults } = scope;
  const firm = [topic, entry, guild, accountSection, channelSection].map(ownPolicy);
  if (firm.includes('disabled')) return 'disabled';
  const [ofTopic, ofEntry, ofGuild, ofAccount, ofChannel] = firm;
  return (
    ofTopic ??
    ofEntry ??
    ofGuild ??
    ownPolicy(star) ??
    ofAccount ??
    ofChannel ??
    ownPolicy(defaults)
  );
}

function ownPolicy(section: Section | undefined): RoomPolicy {
  return section === undefined
    ? undefined
    : asChoice(within(section, 'groupPolicy'), ROOM_POLICIES);
}

/** `enabled: false`, or the older `allow: false`, on the topic, the room or its server. */
function switchedOff(room: Room): Decision | undefined {
  const { topic, entry, guild, star } = room;
  const own = [topic, entry, guild];
  for (const key of ['enabled', 'allow']) {
    for (const section of own) {
      const flag = section === undefined ? undefined : within(section, key);
      if (flag !== undefined && asFlag(flag) === false) {
        return verdict.deny('group.room_disabled', flag.path);
      }
    }
    const flag = firstSetting([...own, star], key);
    if (flag !== undefined && asFlag(flag) === false) {
      return verdict.deny('group.room_disabled', flag.path);
    }
  }
  return undefined;
}
