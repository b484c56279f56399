/**
 * The place a message came to: its channel and account, found and switched on, with the layers
 * their settings are read from.
 *
 * @module
 */
import type { Decision } from '@portcullis/core';
import type { CompiledConfig } from '../config/compile.ts';
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
import {
  type EffectiveList,
  type SenderList,
  effectiveList,
  readSenderList,
} from './sender-list.ts';

/** A configured channel account. */
export interface Scope {
  readonly config: CompiledConfig;
  readonly channel: string;
  readonly accountId: string;
  readonly channelSection: Section;
  readonly accountSection: Section | undefined;
  readonly defaults: Section | undefined;
}

/** The input fields that name a place. */
export interface PlaceInput {
  readonly channel?: unknown;
  readonly accountId?: unknown;
}

/** Finds the scope, or answers the refusal of the channel or account gate. */
export function openScope(config: CompiledConfig, input: PlaceInput): Scope | Decision {
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
  return { config, channel, accountId, channelSection, accountSection, defaults };
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
export function accountSetting(scope: Scope, ...keys: readonly string[]): Setting | undefined {
  return firstSetting([scope.accountSection, scope.channelSection], ...keys);
}

/** The setting of the account, else of the channel, else of `channels.defaults`. */
export function layeredSetting(scope: Scope, ...keys: readonly string[]): Setting | undefined {
  return firstSetting([scope.accountSection, scope.channelSection, scope.defaults], ...keys);
}

/** Whether entries of this account's lists may be names, which anybody can take. */
export function allowsNames(scope: Scope): boolean {
  if (scope.channel !== 'discord' && scope.channel !== 'slack') return false;
  const flag = accountSetting(scope, 'dangerouslyAllowNameMatching');
  return flag !== undefined && asFlag(flag) === true;
}

/** Reads one list of this scope. */
export function scopeList(scope: Scope, setting: Setting): SenderList {
  return readSenderList(scope.config, setting, {
    channel: scope.channel,
    names: allowsNames(scope),
  });
}

/** The direct-message list in force: the account's, clamped by the channel's. */
export function directList(scope: Scope): EffectiveList | undefined {
  return clampedList(scope, (section) => {
    const list = within(section, 'allowFrom');
    return list.value === undefined ? within(section, 'dm', 'allowFrom') : list;
  });
}

/** The `groupAllowFrom` list in force: the account's, clamped by the channel's. */
export function roomList(scope: Scope): EffectiveList | undefined {
  return clampedList(scope, (section) => within(section, 'groupAllowFrom'));
}

function clampedList(scope: Scope, read: (section: Section) => Setting): EffectiveList | undefined {
  const listOf = (section: Section | undefined) => {
    const setting = section === undefined ? undefined : read(section);
    if (setting?.value === undefined) return undefined;
    return { list: scopeList(scope, setting), path: setting.path };
  };
  return effectiveList(listOf(scope.channelSection), listOf(scope.accountSection));
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
  const choice = choices.find((each) => each === value);
  if (choice === undefined) throw new InvalidSetting(path);
  return choice;
}
