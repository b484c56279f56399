/**
 * The tool policies that depend on where a tool is asked for and by whom.
 *
 * @module
 */
import { defineKeeping, kept } from '../config/compile.ts';
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
import { type RoomGate, roomOf } from '../ingress/room.ts';
import { Recent } from '../config/memo.ts';
import {
  type Places,
  type Scope,
  accountSetting,
  inputChoice,
  keepScope,
  knownScope,
  readAccountId,
  scopeOf,
} from '../ingress/scope.ts';
import { canonicalSender, idText } from '../identity/sender.ts';
import { inputText } from '../ingress/speaker.ts';
import { own } from '../setting.ts';
import { sectionTools } from './agent-tools.ts';
import type { ToolFacts, ToolScope } from './scope.ts';

/** Channel accounts that sessions are held in, whether or not they are switched on. */
const sessionScopes = defineKeeping((): Places => new Recent());

/** The conversation of a call, as far as the config speaks about it. */
export interface Conversation {
  /** The sections that speak about it, narrow first. */
  readonly sections: readonly (Section | undefined)[];
  /** What stands for it as long as the config does; undefined where that is nothing. */
  readonly room: RoomGate | undefined;
}

/** The policy of the room or direct conversation: the most specific entry, which replaces the others. */
export function conversationTools(
  scope: ToolScope,
  { sections }: Conversation,
): Section | undefined {
  for (const section of sections) {
    if (section === undefined) continue;
    const policy = senderEntry(scope, section) ?? sectionTools(scope.config, section).forAll();
    if (policy !== undefined) return policy;
  }
  return undefined;
}

/** Whether who asks makes a difference: some section in force has tools by sender. */
export function dependsOnSender({ config, tools }: ToolScope, { sections }: Conversation): boolean {
  return [...sections, tools.agent, tools.global].some(
    (each) => each !== undefined && sectionTools(config, each).bySender() !== undefined,
  );
}

/** The policy for the sender: the agent's entry, else the global one. */
export function senderTools(scope: ToolScope): Section | undefined {
  for (const section of [scope.tools.agent, scope.tools.global]) {
    const policy = section === undefined ? undefined : senderEntry(scope, section);
    if (policy !== undefined) return policy;
  }
  return undefined;
}

const NOWHERE: Conversation = { sections: [], room: undefined };

/** Finds the conversation of a call. */
export function findConversation({ config, input }: ToolScope): Conversation {
  if (input.channel === undefined || input.kind === undefined) return NOWHERE;
  const kind = inputChoice(input.kind, 'input.kind', CONVERSATION_KINDS);
  const scope = findScope({ config, input });
  if (scope === undefined || kind === 'groupdm') return NOWHERE;
  if (kind === 'direct') return { sections: [directSection(scope, input)], room: undefined };
  const { peerId, parentId, guildId } = input;
  const room = roomOf(scope, { peerId, topicId: undefined, parentId, guildId });
  return { sections: room.layers, room };
}

/** `direct.<peer>`, by the sender's canonical id, the chat's id, then `*`. */
function directSection(scope: Scope, input: ToolFacts): Section | undefined {
  const setting = accountSetting(scope, 'direct');
  const direct = setting === undefined ? undefined : toSection(setting);
  if (direct === undefined) return undefined;
  const sender = canonicalSender(scope.channel, own(input.sender, 'id'));
  const keys = [sender, inputText(input.peerId), '*'].filter((key) => key !== undefined);
  return keys.map((key) => subsection(direct, key)).find((entry) => entry !== undefined);
}

/** The channel account, without the gates of admission: a session may outlive its channel. */
function findScope({ config, input }: Pick<ToolScope, 'config' | 'input'>): Scope | undefined {
  const place = { channel: input.channel, accountId: input.accountId };
  const known = knownScope(kept(config, sessionScopes), place);
  if (known !== undefined) return known;
  const channel = readChannel({ value: place.channel, path: 'input.channel' });
  const accountId = readAccountId(place.accountId);
  const channelSection = subsection(rootSection(config), 'channels', channel);
  if (channelSection === undefined) return undefined;
  const accounts = subsection(channelSection, 'accounts');
  const accountSection =
    accounts === undefined
      ? undefined
      : entryByKey(config, accounts, accountId, normaliseIdKey, 'id');
  const found = { config, channel, accountId, channelSection, accountSection, defaults: undefined };
  return keepScope(kept(config, sessionScopes), place, scopeOf(found));
}

/** The entry of `toolsBySender` for the sender, by the most certain fact about him first. */
function senderEntry(scope: ToolScope, section: Section): Section | undefined {
  const map = sectionTools(scope.config, section).bySender();
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

function senderKeys(input: ToolFacts): readonly string[] {
  const sender = input.sender;
  const channel = inputText(input.channel) ?? '';
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
