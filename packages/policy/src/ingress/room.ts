/**
 * Who may speak in rooms: is the room listed, is it switched on, is the sender listed.
 *
 * The networks name their rooms differently; `group-map.ts`, `discord.ts` and `slack.ts` find a
 * room's entries and say whether it is a member, and this file applies what is common.
 *
 * @module
 */
import type { Decision } from '@portcullis/core';
import { lazily } from '../config/memo.ts';
import { type Section, firstSetting, within } from '../config/shape.ts';
import { asChoice, asFlag } from '../setting.ts';
import { type Access, plain } from './access.ts';
import { findDiscordRoom } from './discord.ts';
import { findMappedRoom } from './group-map.ts';
import { type MentionRules, mentionRules } from './mention.ts';
import { type IngressCode, verdict } from './reasons.ts';
import type { Scope } from './scope.ts';
import { idText } from '../identity/sender.ts';
import { type EffectiveList, matchSender } from './sender-list.ts';
import { findSlackRoom } from './slack.ts';
import { type Speaker, inputText } from './speaker.ts';

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
  /** Who may speak in the room. */
  senders(policy: RoomPolicy): RoomSenders;
}

/** Whom a room's own settings name. */
export interface RoomSenders {
  /** Undefined where there is no list of senders. */
  readonly list: EffectiveList | undefined;
  /** Roles that may speak, where the network has roles. */
  readonly roles: { readonly ids: readonly unknown[]; readonly path: string } | undefined;
  /** The list's path, else what answers in its place. */
  readonly path: string;
  /** The answer where there is neither a list nor roles. */
  readonly unlisted: IngressCode;
}

/** The room named by the fields of an input, which are read as they are. */
export function roomOf(
  scope: Scope,
  facts: Readonly<Partial<Record<keyof RoomInput, unknown>>>,
): RoomGate {
  const { peerId, topicId, parentId, guildId } = facts;
  const byIdAlone = topicId === undefined && parentId === undefined && guildId === undefined;
  const known = byIdAlone && typeof peerId === 'string' ? scope.rooms.get(peerId) : undefined;
  if (known !== undefined) return known;
  return findRoom(scope, {
    peerId: inputText(peerId),
    topicId: inputText(topicId),
    parentId: inputText(parentId),
    guildId: inputText(guildId),
  });
}

/** What is found about a room is remembered for the next event from it. */
function findRoom(scope: Scope, input: RoomInput): RoomGate {
  const { peerId, topicId, parentId, guildId } = input;
  const found = (): RoomGate => new RoomGate(scope, findEntries(scope, input), peerId);
  if (peerId === undefined) return found();
  const byIdAlone = topicId === undefined && parentId === undefined && guildId === undefined;
  const rooms = byIdAlone ? scope.rooms : scope.innerRooms;
  const key = byIdAlone ? peerId : JSON.stringify([peerId, topicId, parentId, guildId]);
  return rooms.get(key) ?? rooms.keep(key, found());
}

function findEntries(scope: Scope, input: RoomInput): Room {
  if (scope.channel === 'discord') return findDiscordRoom(scope, input);
  if (scope.channel === 'slack') return findSlackRoom(scope, input);
  return findMappedRoom(scope, input);
}

/** A room with what its settings come to. Nothing is read before it is asked for. */
export class RoomGate {
  /** The room's id; undefined for an event that names none. */
  readonly peerId: string | undefined;
  /** The room's entries, narrow first. */
  readonly layers: readonly (Section | undefined)[];
  readonly mention: MentionRules;
  /** The refusal of the room as such, whoever speaks in it; undefined when it is listed and on. */
  readonly refusal: () => Decision | undefined;
  private readonly answers: () => RoomAnswers;

  constructor(scope: Scope, room: Room, peerId: string | undefined) {
    this.peerId = peerId;
    const policy = lazily(() => roomPolicy(scope, room));
    this.layers = [room.topic, room.entry, room.guild, room.star];
    this.mention = mentionRules(scope, this.layers);
    this.refusal = lazily(() => roomRefusal(scope, room, policy()));
    this.answers = lazily(() => {
      const refusal = this.refusal();
      return refusal === undefined ? answersOf(room.senders(policy())) : refusing(refusal);
    });
  }

  /** Reads all that the access gate will ask for. */
  read(): void {
    this.answers();
  }

  /** The access gate for a room. */
  access(speaker: Speaker, audience: unknown): Access {
    const { senders, unlisted, explicit, byRole, wildcard, none } = this.answers();
    if (senders === undefined) return unlisted;
    const { list, roles } = senders;
    const match = list === undefined ? 'none' : matchSender(list, speaker, audience);
    if (match === 'explicit') return explicit;
    if (roles !== undefined && hasRole(roles.ids, speaker)) return byRole;
    return match === 'wildcard' ? wildcard : none;
  }
}

/** Every answer a room can give. */
interface RoomAnswers {
  /** Undefined where every sender gets the answer `unlisted`. */
  readonly senders: RoomSenders | undefined;
  readonly unlisted: Access;
  readonly explicit: Access;
  readonly byRole: Access;
  readonly wildcard: Access;
  readonly none: Access;
}

function listed(path: string): Access {
  return { decision: verdict.allow('group.sender_allowlisted', path), explicit: true };
}

function answersOf(senders: RoomSenders): RoomAnswers {
  const { list, roles, path, unlisted } = senders;
  return {
    senders: list === undefined && roles === undefined ? undefined : senders,
    unlisted: plain(
      unlisted === 'group.sender_list_empty'
        ? verdict.deny(unlisted, path)
        : verdict.allow(unlisted, path),
    ),
    explicit: listed(path),
    byRole: listed(roles?.path ?? path),
    wildcard: plain(verdict.allow('group.member', path)),
    none: plain(verdict.deny('group.sender_not_allowlisted', path)),
  };
}

function refusing(refusal: Decision): RoomAnswers {
  const answer = plain(refusal);
  return {
    senders: undefined,
    unlisted: answer,
    explicit: answer,
    byRole: answer,
    wildcard: answer,
    none: answer,
  };
}

/** Roles are facts about a sender, so one without an id has none. */
function hasRole(roles: readonly unknown[], speaker: Speaker): boolean {
  if (speaker.id === undefined) return false;
  return roles.some((role) => {
    const id = idText(role)?.trim();
    return id !== undefined && speaker.roles.includes(id);
  });
}

function roomRefusal(scope: Scope, room: Room, policy: RoomPolicy): Decision | undefined {
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
function roomPolicy(scope: Scope, room: Room): RoomPolicy {
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
