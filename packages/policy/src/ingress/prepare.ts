/**
 * Reads every list of senders when a config is compiled, so that the first message does not pay for
 * a hundred thousand entries. What cannot be read here is left to the decision that needs it.
 *
 * @module
 */
import type { CompiledConfig } from '../config/compile.ts';
import { rootSection, within } from '../config/shape.ts';
import { isObject, own } from '../setting.ts';
import { roomOf } from './room.ts';
import { type Scope, accountSetting, isRefusal, openScope } from './scope.ts';

/** Works out what decisions about the configured accounts and rooms will ask for. Never throws. */
export function prepare(config: CompiledConfig): void {
  attempt(() => {
    const channels = within(rootSection(config), 'channels').value;
    for (const channel of keysOf(channels)) {
      const accounts = keysOf(own(own(channels, channel), 'accounts'));
      for (const accountId of ['default', ...accounts]) {
        attempt(() => {
          const scope = openScope(config, { channel, accountId });
          if (!isRefusal(scope)) prepareScope(scope);
        });
      }
    }
  });
}

function prepareScope(scope: Scope): void {
  for (const list of [scope.directList, scope.roomList, scope.owners, scope.approvers]) {
    attempt(list);
  }
  const rooms = (key: string): readonly string[] => keysOf(accountSetting(scope, key)?.value);
  for (const peerId of [...rooms('groups'), ...rooms('channels')]) prepareRoom(scope, { peerId });
  const guilds = accountSetting(scope, 'guilds')?.value;
  for (const guildId of keysOf(guilds)) {
    for (const peerId of keysOf(own(own(guilds, guildId), 'channels'))) {
      prepareRoom(scope, { peerId, guildId });
    }
  }
}

function prepareRoom(scope: Scope, names: { peerId: string; guildId?: string }): void {
  const { peerId, guildId } = names;
  attempt(() => roomOf(scope, { peerId, guildId, topicId: undefined, parentId: undefined }).read());
}

function keysOf(value: unknown): readonly string[] {
  return isObject(value) ? Object.keys(value) : [];
}

function attempt(work: () => unknown): void {
  try {
    work();
  } catch {
    // The decision that needs this setting says which value cannot be read.
  }
}
