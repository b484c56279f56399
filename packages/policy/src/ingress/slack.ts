/**
 * Rooms of Slack: channels by id, with lists of users.
 *
 * @module
 */
import type { Decision } from '@portcullis/core';
import {
  type Section,
  byDefault,
  entryByKey,
  firstSetting,
  subsection,
  toSection,
} from '../config/shape.ts';
import { type IngressCode, verdict } from './reasons.ts';
import type { Room, RoomInput, RoomPolicy } from './room.ts';
import { type Scope, accountSetting, scopeList } from './scope.ts';
import { standalone } from './sender-list.ts';

const CHANNEL_ID = /^[CGD][A-Z0-9]{2,20}$/i;

/** Finds a Slack channel by its id in any case, else the `*` entry. Name keys match nothing. */
export function findSlackRoom(scope: Scope, input: RoomInput): Room {
  const setting = accountSetting(scope, 'channels');
  const channels = setting === undefined ? undefined : toSection(setting);
  const star = channels === undefined ? undefined : subsection(channels, '*');
  const wanted = input.peerId === undefined ? undefined : channelKey(input.peerId);
  const own =
    channels === undefined || wanted === undefined
      ? undefined
      : entryByKey(scope.config, channels, wanted, channelKey, 'slack');
  const entry = own ?? star;
  return {
    topic: undefined,
    entry,
    guild: undefined,
    star,
    membership: (policy) => membership(scope, channels, entry, policy),
    senders: () => {
      const users = firstSetting([entry, star], 'users');
      if (users === undefined) {
        const unlisted: IngressCode = entry === undefined ? 'group.open' : 'group.member';
        const path = entry?.path ?? `${scope.channelSection.path}.groupPolicy`;
        return { list: undefined, roles: undefined, path, unlisted };
      }
      const list = standalone(scopeList(scope, users), users.path);
      return { list, roles: undefined, path: users.path, unlisted: 'group.member' };
    },
  };
}

function channelKey(key: string): string | undefined {
  return CHANNEL_ID.test(key) ? key.toUpperCase() : undefined;
}

function membership(
  scope: Scope,
  channels: Section | undefined,
  entry: Section | undefined,
  policy: RoomPolicy,
): Decision | undefined {
  if (entry !== undefined || policy === 'open') return undefined;
  const path = channels?.path ?? byDefault(`${scope.channelSection.path}.channels`);
  return verdict.deny('group.channel.not_allowlisted', path);
}
