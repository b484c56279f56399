/**
 * Which session a conversation belongs to.
 *
 * The key is injective: two different conversations never share one unless the config merges them.
 * Every part is either validated to hold no `:` or percent-encoded, the marker words between them
 * are fixed, and a linked identity starts with `~`, which no other part can. A key selects a
 * session; it never proves a right.
 *
 * @module
 */
import type { Decision } from '@portcullis/core';
import type { CompiledConfig } from '../config/compile.ts';
import { isChannelId, readChannel, readId, rootSection, within } from '../config/shape.ts';
import { formedChannels, canonicalSender, phoneNumber } from '../identity/sender.ts';
import { readAccountId } from '../ingress/scope.ts';
import { inputText } from '../ingress/speaker.ts';
import { InvalidSetting, type Setting, asChoice, asText, isObject, own } from '../setting.ts';
import { PHONE_CHANNELS, linkedName } from '../identity/identity-links.ts';
import { type SessionCode, verdict } from './reasons.ts';

/** What a session key is made from. */
export type SessionKeyInput =
  | {
      readonly agentId: string;
      readonly channel: string;
      readonly accountId?: string;
      readonly kind: 'direct' | 'group' | 'channel' | 'groupdm';
      readonly peerId?: string;
      readonly topicId?: string;
      readonly threadId?: string;
      readonly sender: { readonly id?: string | number };
      /** The `session` settings of the binding that routed the conversation. */
      readonly binding?: {
        readonly session: { readonly dmScope?: string; readonly groupScope?: string };
      };
    }
  | { readonly agentId: string; readonly kind: 'cron'; readonly job: string; readonly run: string }
  | { readonly agentId: string; readonly kind: 'hook'; readonly hookId: string }
  | { readonly agentId: string; readonly kind: 'subagent'; readonly uuid: string };

const DM_SCOPES = ['main', 'per-peer', 'per-channel-peer', 'per-account-channel-peer'] as const;
const GROUP_SCOPES = ['per-group', 'main'] as const;

/** The session key of a conversation as `value`, or a refusal. */
export function decideSessionKey(config: CompiledConfig, input: unknown): Decision {
  if (!isObject(input)) throw new InvalidSetting('input');
  const agent = readId({ value: own(input, 'agentId'), path: 'input.agentId' });
  const prefix = `agent:${agent}`;
  switch (own(input, 'kind')) {
    case 'direct':
      return directKey(config, prefix, input);
    case 'group':
    case 'groupdm':
      return roomKey(config, prefix, input, 'group');
    case 'channel':
      return roomKey(config, prefix, input, 'channel');
    case 'cron':
      return ownKey('session.cron', prefix, ['cron', own(input, 'job'), 'run', own(input, 'run')]);
    case 'hook':
      return ownKey('session.hook', prefix, ['hook', own(input, 'hookId')]);
    case 'subagent':
      return ownKey('session.subagent', prefix, ['subagent', own(input, 'uuid')]);
    default:
      throw new InvalidSetting('input.kind');
  }
}

/** Whether two conversations have different keys, as `value`. */
export function decideDistinct(config: CompiledConfig, input: unknown): Decision {
  const first = decideSessionKey(config, own(input, 'a'));
  if (first.effect !== 'allow') return first;
  const second = decideSessionKey(config, own(input, 'b'));
  if (second.effect !== 'allow') return second;
  return verdict.allow('session.distinct', 'session', { value: first.value !== second.value });
}

/** Percent-encodes every byte but those that ids of chat networks commonly hold. */
function segment(text: string): string {
  return encodeURIComponent(text.toWellFormed())
    .replaceAll(/[!'()*]/g, (character) => (character === '!' ? '!' : percent(character)))
    .replaceAll(/%(?:2B|3D|23|24|40)/g, (code) => decodeURIComponent(code));
}

function percent(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}

/** A person's segment. A leading `~` is encoded, because it marks linked identities. */
function peerSegment(id: string): string {
  const encoded = segment(id);
  return encoded.startsWith('~') ? `%7E${encoded.slice(1)}` : encoded;
}

function key(code: SessionCode, path: string, value: string): Decision {
  return verdict.allow(code, path, { value });
}

function ownKey(code: SessionCode, prefix: string, parts: readonly unknown[]): Decision {
  const segments = parts.map((part) => inputText(part));
  if (segments.includes(undefined)) return verdict.deny('session.peer.missing', 'input');
  return key(
    code,
    'input.kind',
    [prefix, ...segments.map((part) => segment(part ?? ''))].join(':'),
  );
}

function mainKey(config: CompiledConfig, prefix: string, path: string): Decision {
  const setting = within(rootSection(config), 'session', 'mainKey');
  const name = asText(setting) ?? 'main';
  if (!/^[a-z0-9_-]{1,32}$/.test(name)) throw new InvalidSetting(setting.path);
  return key('session.main', path, `${prefix}:${name}`);
}

/** The scope of the binding, else of the config. */
function scopeSetting(config: CompiledConfig, input: unknown, name: string): Setting {
  const binding = own(input, 'binding');
  if (binding !== undefined && !isObject(binding)) throw new InvalidSetting('input.binding');
  const session = own(binding, 'session');
  if (session !== undefined && !isObject(session))
    throw new InvalidSetting('input.binding.session');
  const value = own(session, name);
  return value === undefined
    ? within(rootSection(config), 'session', name)
    : { value, path: `input.binding.session.${name}` };
}

/** A channel id that may stand in a key. */
function keyChannel(input: unknown): string {
  const channel = readChannel({ value: own(input, 'channel'), path: 'input.channel' });
  if (!isChannelId(channel)) throw new InvalidSetting('input.channel');
  return channel;
}

function directKey(config: CompiledConfig, prefix: string, input: unknown): Decision {
  const channel = keyChannel(input);
  const accountId = readAccountId(own(input, 'accountId'));
  const setting = scopeSetting(config, input, 'dmScope');
  const dmScope = asChoice(setting, DM_SCOPES) ?? 'main';
  if (dmScope === 'main') return mainKey(config, prefix, setting.path);
  const id = canonicalSender(channel, own(own(input, 'sender'), 'id'));
  if (id === undefined) return verdict.deny('session.peer.missing', 'input.sender.id');
  const name = linkedName(config, channel, id);
  const peer = name === undefined ? peerSegment(keyCase(channel, id)) : `~${segment(name)}`;
  switch (dmScope) {
    case 'per-peer': {
      const person = name === undefined ? namespaced(channel, id, peer) : peer;
      return key('session.per_peer', setting.path, `${prefix}:direct:${person}`);
    }
    case 'per-channel-peer':
      return key('session.per_channel_peer', setting.path, `${prefix}:${channel}:direct:${peer}`);
    case 'per-account-channel-peer':
      return key(
        'session.per_account_channel_peer',
        setting.path,
        `${prefix}:${channel}:${accountId}:direct:${peer}`,
      );
  }
}

/** A telephone number is one person on every telephone channel; any other id is its channel's. */
function namespaced(channel: string, id: string, peer: string): string {
  const phone = PHONE_CHANNELS.includes(channel) ? phoneNumber(id) : undefined;
  return phone ?? `${channel}=${peer}`;
}

/** Slack ids compare without regard to case; keys hold them in lower case. */
function keyCase(channel: string, id: string): string {
  return channel === 'slack' ? id.toLowerCase() : id;
}

function roomKey(
  config: CompiledConfig,
  prefix: string,
  input: unknown,
  marker: 'group' | 'channel',
): Decision {
  const channel = keyChannel(input);
  const accountId = readAccountId(own(input, 'accountId'));
  const setting = scopeSetting(config, input, 'groupScope');
  if (asChoice(setting, GROUP_SCOPES) === 'main') return mainKey(config, prefix, setting.path);
  const peerId = inputText(own(input, 'peerId'));
  if (peerId === undefined) return verdict.deny('session.peer.missing', 'input.peerId');
  // Elsewhere the ids of rooms are only known to be unique within one account.
  const place = formedChannels.has(channel) ? channel : `${channel}:${accountId}`;
  const topicId = inputText(own(input, 'topicId'));
  const threadId = inputText(own(input, 'threadId'));
  const topic = topicId === undefined ? '' : `:topic:${segment(topicId)}`;
  const thread = threadId === undefined ? '' : `:thread:${segment(threadId)}`;
  const room = segment(keyCase(channel, peerId));
  return key(
    'session.group',
    setting.path,
    `${prefix}:${place}:${marker}:${room}${topic}${thread}`,
  );
}
