/**
 * The place a message came to: its channel and account, found and switched on, with the layers
 * their settings are read from.
 *
 * @module
 */
import type { Decision } from '@portcullis/core';
import { type CompiledConfig, defineKeeping, kept } from '../config/compile.ts';
import { Recent, lazily } from '../config/memo.ts';
import {
  type Section,
  entryByKey,
  firstSetting,
  normaliseIdKey,
  readChannel,
  readId,
  rootSection,
  subsection,
  within,
} from '../config/shape.ts';
import { InvalidSetting, type Setting, asFlag, own } from '../setting.ts';
import { verdict } from './reasons.ts';
import type { RoomGate } from './room.ts';
import {
  type EffectiveList,
  type SenderList,
  effectiveList,
  readSenderList,
} from './sender-list.ts';

/** Scopes by channel, then by account id. */
export type Places = Recent<unknown, Recent<unknown, Scope>>;

/** Channel accounts that events may come from, by channel and account id as given. */
const openScopes = defineKeeping((): Places => new Recent());

/** The sections of a channel account. */
export interface ScopeSections {
  readonly config: CompiledConfig;
  readonly channel: string;
  readonly accountId: string;
  readonly channelSection: Section;
  readonly accountSection: Section | undefined;
  readonly defaults: Section | undefined;
}

/** A configured channel account, with what its settings come to. */
export interface Scope extends ScopeSections {
  /** The list of direct senders in force: the account's, clamped by the channel's. */
  readonly directList: () => EffectiveList | undefined;
  /** The `groupAllowFrom` list in force: the account's, clamped by the channel's. */
  readonly roomList: () => EffectiveList | undefined;
  /** `commands.ownerAllowFrom` as this channel reads it. */
  readonly owners: () => SenderList | undefined;
  /** `execApprovals.approvers` as this channel reads it. */
  readonly approvers: () => SenderList | undefined;
  /** The channel's own `execApprovals.approvers`: for questions of its own conversations. */
  readonly ownApprovers: () => SenderList | undefined;
  /** The rooms asked about, by id. */
  readonly rooms: Recent<string, RoomGate>;
  /** Those that more than an id names, by all of it. */
  readonly innerRooms: Recent<string, RoomGate>;
}

/** A scope of `sections`. Nothing is read before it is asked for. */
export function scopeOf(sections: ScopeSections): Scope {
  const { config, channel } = sections;
  return {
    ...sections,
    directList: lazily(() => clampedList(sections, readDirectList)),
    roomList: lazily(() => clampedList(sections, (section) => within(section, 'groupAllowFrom'))),
    owners: lazily(() => sharedList(config, channel, 'commands', 'ownerAllowFrom')),
    approvers: lazily(() => sharedList(config, channel, 'execApprovals', 'approvers')),
    ownApprovers: lazily(() => channelApprovers(config, channel)),
    rooms: new Recent(),
    innerRooms: new Recent(),
  };
}

/** The input fields that name a place. */
export interface PlaceInput {
  readonly channel?: unknown;
  readonly accountId?: unknown;
}

/** Finds the scope, or answers the refusal of the channel or account gate. */
export function openScope(config: CompiledConfig, input: PlaceInput): Scope | Decision {
  return knownScope(kept(config, openScopes), input) ?? findScope(config, input);
}

/** The scope that was found before under these very words. */
export function knownScope(places: Places, { channel, accountId }: PlaceInput): Scope | undefined {
  return places.get(channel)?.get(accountId);
}

/** Remembers `scope` under the words that led to it. */
export function keepScope(places: Places, { channel, accountId }: PlaceInput, scope: Scope): Scope {
  const ofChannel = places.get(channel) ?? places.keep(channel, new Recent());
  return ofChannel.keep(accountId, scope);
}

function findScope(config: CompiledConfig, input: PlaceInput): Scope | Decision {
  const channel = readChannel({ value: input.channel, path: 'input.channel' });
  const accountId = readAccountId(input.accountId);
  const root = rootSection(config);
  const path = `channels.${channel}`;
  const channels = subsection(root, 'channels');
  if (channels === undefined || channel === 'defaults') {
    return verdict.deny('ingress.channel.not_configured', path);
  }
  const channelSection = subsection(channels, channel);
  if (channelSection === undefined) return verdict.deny('ingress.channel.not_configured', path);
  if (asFlag(within(channelSection, 'enabled')) === false) {
    return verdict.deny('ingress.channel.disabled', `${path}.enabled`);
  }
  const accounts = subsection(channelSection, 'accounts');
  const accountSection =
    accounts === undefined
      ? undefined
      : entryByKey(config, accounts, accountId, normaliseIdKey, 'id');
  if (accountSection === undefined && accountId !== 'default' && hasEntries(accounts)) {
    return verdict.deny('ingress.account.unknown', `${path}.accounts`);
  }
  if (accountSection !== undefined && asFlag(within(accountSection, 'enabled')) === false) {
    return verdict.deny('ingress.account.disabled', `${accountSection.path}.enabled`);
  }
  const defaults = subsection(channels, 'defaults');
  const sections = { config, channel, accountId, channelSection, accountSection, defaults };
  return keepScope(kept(config, openScopes), input, scopeOf(sections));
}

/** True for a decision, false for a scope. */
export function isRefusal(result: Scope | Decision): result is Decision {
  return 'effect' in result;
}

/** The account id of an input; `default` when it names none. */
export function readAccountId(value: unknown): string {
  return value === undefined ? 'default' : readId({ value, path: 'input.accountId' });
}

function hasEntries(section: Section | undefined): boolean {
  return section?.value !== undefined && Object.keys(section.value).length > 0;
}

/** The setting of the account, else of the channel. */
export function accountSetting(
  scope: ScopeSections,
  ...keys: readonly string[]
): Setting | undefined {
  return firstSetting([scope.accountSection, scope.channelSection], ...keys);
}

/** The setting of the account, else of the channel, else of `channels.defaults`. */
export function layeredSetting(scope: Scope, ...keys: readonly string[]): Setting | undefined {
  return firstSetting([scope.accountSection, scope.channelSection, scope.defaults], ...keys);
}

/** Whether entries of this account's lists may be names, which anybody can take. */
export function allowsNames(scope: ScopeSections): boolean {
  if (scope.channel !== 'discord' && scope.channel !== 'slack') return false;
  const flag = accountSetting(scope, 'dangerouslyAllowNameMatching');
  return flag !== undefined && asFlag(flag) === true;
}

/** Reads one list of this scope. */
export function scopeList(scope: ScopeSections, setting: Setting): SenderList {
  return readSenderList(scope.config, setting, {
    channel: scope.channel,
    names: allowsNames(scope),
  });
}

function readDirectList(section: Section): Setting {
  const list = within(section, 'allowFrom');
  return list.value === undefined ? within(section, 'dm', 'allowFrom') : list;
}

function clampedList(
  scope: ScopeSections,
  read: (section: Section) => Setting,
): EffectiveList | undefined {
  const listOf = (section: Section | undefined) => {
    const setting = section === undefined ? undefined : read(section);
    if (setting?.value === undefined) return undefined;
    return { list: scopeList(scope, setting), path: setting.path };
  };
  return effectiveList(listOf(scope.channelSection), listOf(scope.accountSection));
}

/** A list of the root that serves several channels, as `channel` reads it. */
export function sharedList(
  config: CompiledConfig,
  channel: string,
  ...keys: readonly string[]
): SenderList | undefined {
  const setting = within(rootSection(config), ...keys);
  return setting.value === undefined
    ? undefined
    : readSenderList(config, setting, { channel, names: false, mixed: true });
}

/**
 * The approvers a channel lists for the questions of its own conversations; nobody where it is kept
 * free of questions.
 */
export function channelApprovers(config: CompiledConfig, channel: string): SenderList | undefined {
  const channels = subsection(rootSection(config), 'channels');
  const section = channels === undefined ? undefined : subsection(channels, channel);
  if (section === undefined) return undefined;
  if (asFlag(within(section, 'execApprovals', 'enabled')) === false) return undefined;
  const setting = within(section, 'execApprovals', 'approvers');
  return setting.value === undefined
    ? undefined
    : readSenderList(config, setting, { channel, names: false });
}

/** A boolean input fact. Anything but a boolean counts as `garbage`, which callers choose to be the strict answer. */
export function fact(facts: unknown, key: string, absent: boolean, garbage: boolean): boolean {
  const value = own(facts, key);
  if (value === undefined) return absent;
  return typeof value === 'boolean' ? value : garbage;
}

/** A word of the input that must be one of `choices`. */
export function inputChoice<const Choice extends string>(
  value: unknown,
  path: string,
  choices: readonly Choice[],
): Choice {
  if (!isOneOf(value, choices)) throw new InvalidSetting(path);
  return value;
}

function isOneOf<Choice>(value: unknown, choices: readonly Choice[]): value is Choice {
  return (choices as readonly unknown[]).includes(value);
}
