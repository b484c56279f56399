/**
 * The layers that depend on where a tool is asked for and by whom.
 *
 * @module
 */
import {
  type Section,
  entryByKey,
  normaliseIdKey,
  readChannel,
  rootSection,
  subsection,
  toSection,
} from '../config/shape.ts';
import { CONVERSATION_KINDS } from '../ingress/ingress.ts';
import { findRoom, roomLayers } from '../ingress/room.ts';
import { type Scope, accountSetting, inputChoice, readAccountId } from '../ingress/scope.ts';
import { canonicalSender, idText } from '../ingress/sender.ts';
import { inputText } from '../ingress/speaker.ts';
import { own } from '../setting.ts';
import { type Layer, listLayer, readLists } from './layer.ts';
import type { ToolScope } from './scope.ts';

/** The policy of the room or direct conversation: the most specific entry, which replaces the others. */
export function roomLayer(scope: ToolScope): Layer | undefined {
  for (const section of conversationSections(scope)) {
    if (section === undefined) continue;
    const policy = senderEntry(scope, section) ?? subsection(section, 'tools');
    if (policy === undefined) continue;
    return listLayer(readLists(scope.config, policy), 'tool.deny.room', 'tool.allow.room_miss');
  }
  return undefined;
}

/** The policy for the sender: the agent's entry, else the global one. */
export function senderLayer(scope: ToolScope): Layer | undefined {
  for (const section of [scope.agent, scope.global]) {
    const policy = section === undefined ? undefined : senderEntry(scope, section);
    if (policy === undefined) continue;
    return listLayer(readLists(scope.config, policy), 'tool.deny.sender', 'tool.allow.sender_miss');
  }
  return undefined;
}

/** The sections that speak about the conversation, narrow first. */
function conversationSections({ config, input }: ToolScope): readonly (Section | undefined)[] {
  if (own(input, 'channel') === undefined || own(input, 'kind') === undefined) return [];
  const kind = inputChoice(own(input, 'kind'), 'input.kind', CONVERSATION_KINDS);
  const scope = findScope({ config, input });
  if (scope === undefined || kind === 'groupdm') return [];
  const peerId = inputText(own(input, 'peerId'));
  if (kind === 'direct') {
    const setting = accountSetting(scope, 'direct');
    const direct = setting === undefined ? undefined : toSection(setting);
    if (direct === undefined) return [];
    const sender = canonicalSender(scope.channel, own(own(input, 'sender'), 'id'));
    const keys = [sender, peerId, '*'].filter((key) => key !== undefined);
    return [keys.map((key) => subsection(direct, key)).find((entry) => entry !== undefined)];
  }
  return roomLayers(
    findRoom(scope, {
      peerId,
      topicId: undefined,
      parentId: inputText(own(input, 'parentId')),
      guildId: inputText(own(input, 'guildId')),
    }),
  );
}

/** The channel's sections, without the gates of admission: a session may outlive its channel. */
function findScope({ config, input }: Pick<ToolScope, 'config' | 'input'>): Scope | undefined {
  const channel = readChannel({ value: own(input, 'channel'), path: 'input.channel' });
  const accountId = readAccountId(own(input, 'accountId'));
  const channelSection = subsection(rootSection(config), 'channels', channel);
  if (channelSection === undefined) return undefined;
  const accounts = subsection(channelSection, 'accounts');
  const accountSection =
    accounts === undefined
      ? undefined
      : entryByKey(config, accounts, accountId, normaliseIdKey, 'id');
  return { config, channel, accountId, channelSection, accountSection, defaults: undefined };
}

/** The entry of `toolsBySender` for the sender, by the most certain fact about him first. */
function senderEntry(scope: ToolScope, section: Section): Section | undefined {
  const map = subsection(section, 'toolsBySender');
  if (map === undefined) return undefined;
  for (const key of senderKeys(scope.input)) {
    const entry = entryByKey(scope.config, map, key, senderKey, 'sender');
    if (entry !== undefined) return entry;
  }
  return undefined;
}

const KEY_PREFIXES: readonly string[] = ['channel:', 'id:', 'e164:', 'username:', 'name:'];

/** The normal form of a key: lower case, `id:` when it has no prefix, no `@` before user names. */
function senderKey(key: string): string {
  const text = key.trim().toLowerCase();
  if (text.startsWith('username:@')) return `username:${text.slice('username:@'.length)}`;
  return text === '*' || KEY_PREFIXES.some((prefix) => text.startsWith(prefix))
    ? text
    : `id:${text}`;
}

function keyFrom(prefix: string, value: string | undefined): readonly string[] {
  return value === undefined ? [] : [senderKey(`${prefix}${value.trim()}`)];
}

function senderKeys(input: unknown): readonly string[] {
  const sender = own(input, 'sender');
  const channel = inputText(own(input, 'channel')) ?? '';
  const raw = idText(own(sender, 'id'));
  const canonical = canonicalSender(channel, raw);
  const ids = [...new Set([canonical, raw])].filter((id) => id !== undefined);
  return [
    ...ids.flatMap((id) => keyFrom(`channel:${channel}:`, id)),
    ...ids.flatMap((id) => keyFrom('id:', id)),
    ...keyFrom('e164:', inputText(own(sender, 'e164'))),
    ...keyFrom('username:', inputText(own(sender, 'username'))),
    ...keyFrom('name:', inputText(own(sender, 'name'))),
    '*',
  ];
}
