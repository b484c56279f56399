/**
 * Rooms of networks that list them in one `groups` map: Telegram, WhatsApp, Signal and others.
 *
 * @module
 */
import { Memo } from '../config/memo.ts';
import { defineKeeping, kept } from '../config/compile.ts';
import type { Decision } from '@portcullis/core';
import {
  type Section,
  byDefault,
  firstSetting,
  subsection,
  toSection,
  within,
} from '../config/shape.ts';
import { InvalidSetting, asList } from '../setting.ts';
import { verdict } from './reasons.ts';
import type { Room, RoomInput, RoomPolicy, RoomSenders } from './room.ts';
import { type Scope, accountSetting, scopeList } from './scope.ts';
import { idText } from '../identity/sender.ts';
import { type EffectiveList, standalone } from './sender-list.ts';

const roomSets = defineKeeping(() => new Memo<ReadonlySet<string>>());

/** Finds a room of the `groups` map. An account's map replaces the channel's. */
export function findMappedRoom(scope: Scope, input: RoomInput): Room {
  const setting = accountSetting(scope, 'groups');
  const groups = setting === undefined ? undefined : toSection(setting);
  const star = groups === undefined ? undefined : subsection(groups, '*');
  const entry = groups === undefined ? undefined : ownEntry(groups, input.peerId);
  const topicHolder = entry ?? star;
  const topic =
    topicHolder === undefined || input.topicId === undefined
      ? undefined
      : subsection(topicHolder, 'topics', input.topicId);
  return {
    topic,
    entry,
    guild: undefined,
    star,
    membership: (policy) => membership(scope, groups, input.peerId, policy),
    senders: (policy) => {
      const list = senderList(scope, [topic, entry, star], policy);
      return list === undefined
        ? withoutList(scope, policy)
        : { list, roles: undefined, path: list.path, unlisted: 'group.member' };
    },
  };
}

/** The keys `allowlist` and `*` have a meaning of their own and never name a room. */
function ownEntry(groups: Section, peerId: string | undefined): Section | undefined {
  return peerId === undefined || peerId === 'allowlist' || peerId === '*'
    ? undefined
    : subsection(groups, peerId);
}

function membership(
  scope: Scope,
  groups: Section | undefined,
  peerId: string | undefined,
  policy: RoomPolicy,
): Decision | undefined {
  if (groups !== undefined) {
    return isMember(scope, groups, peerId)
      ? undefined
      : verdict.deny('group.not_allowlisted', groups.path);
  }
  if (policy === 'open' || (scope.roomList()?.length ?? 0) > 0) return undefined;
  return verdict.deny(
    'group.no_groups_configured',
    byDefault(`${scope.channelSection.path}.groups`),
  );
}

/** With `groups.allowlist` only its ids are members; else the map's own keys. */
function isMember(scope: Scope, groups: Section, peerId: string | undefined): boolean {
  if (peerId === undefined) return false;
  const allowlist = within(groups, 'allowlist');
  if (allowlist.value === undefined) {
    return subsection(groups, '*') !== undefined || ownEntry(groups, peerId) !== undefined;
  }
  const entries = asList(allowlist) ?? [];
  const ids = kept(scope.config, roomSets).get(entries, 'rooms', () =>
    roomIds(entries, allowlist.path),
  );
  return ids.has(peerId) || ids.has('*');
}

function roomIds(entries: readonly unknown[], path: string): ReadonlySet<string> {
  const ids = new Set<string>();
  entries.forEach((entry, index) => {
    if (typeof entry === 'number' && !Number.isSafeInteger(entry)) {
      throw new InvalidSetting(`${path}.${index}`);
    }
    const id = idText(entry);
    if (id !== undefined) ids.add(id.trim());
  });
  return ids;
}

/** The first list defined. An empty one is defined: it admits nobody. */
function senderList(
  scope: Scope,
  layers: readonly (Section | undefined)[],
  policy: RoomPolicy,
): EffectiveList | undefined {
  const own = firstSetting(layers, 'allowFrom');
  if (own !== undefined) return standalone(scopeList(scope, own), own.path);
  return policy === 'open' ? undefined : (scope.roomList() ?? scope.directList());
}

function withoutList(scope: Scope, policy: RoomPolicy): RoomSenders {
  const path = `${scope.channelSection.path}.groupPolicy`;
  const nobody = { list: undefined, roles: undefined };
  switch (policy) {
    case 'open':
      return { ...nobody, path, unlisted: 'group.open' };
    case 'allowlist':
      return { ...nobody, path, unlisted: 'group.sender_list_empty' };
    default:
      return { ...nobody, path: byDefault(path), unlisted: 'group.member' };
  }
}
