/**
 * Who may write direct messages, and group direct messages.
 *
 * @module
 */
import type { Decision } from '@portcullis/core';
import { byDefault, toSection, within } from '../config/shape.ts';
import { type Setting, asChoice, asFlag, asList } from '../setting.ts';
import { type Access, plain } from './access.ts';
import { verdict } from './reasons.ts';
import { type Scope, accountSetting } from './scope.ts';
import { canonicalSender, idText } from '../identity/sender.ts';
import { type SenderMatch, matchSender } from './sender-list.ts';
import type { Speaker } from './speaker.ts';

const DM_POLICIES = ['pairing', 'allowlist', 'open', 'disabled'] as const;

/** What the access rules for direct messages read beside the config. */
export interface DirectFacts {
  readonly speaker: Speaker;
  /** The id of the chat. */
  readonly peerId: string | undefined;
  /** The pairing store of this channel and account: a list, or a set of canonical ids. */
  readonly paired: unknown;
  readonly audience: unknown;
}

/** The access gate for a direct message. */
export function directAccess(scope: Scope, facts: DirectFacts): Access {
  const policy = dmPolicy(scope, peerPolicy(scope, facts));
  const refusal = closed(scope, policy, facts.speaker);
  return refusal === undefined ? listedAccess(scope, policy, facts, true) : plain(refusal);
}

/** The access gate for a group direct message: the same senders, but nobody can pair there. */
export function groupDirectAccess(scope: Scope, facts: DirectFacts): Access {
  const enabled = accountSetting(scope, 'dm', 'groupEnabled');
  const enabledPath = `${scope.channelSection.path}.dm.groupEnabled`;
  if (enabled === undefined)
    return plain(verdict.deny('dm.group.disabled', byDefault(enabledPath)));
  if (asFlag(enabled) !== true) return plain(verdict.deny('dm.group.disabled', enabled.path));
  const channels = accountSetting(scope, 'dm', 'groupChannels');
  if (channels !== undefined && !listsRoom(scope, channels, facts.peerId)) {
    return plain(verdict.deny('dm.group.not_allowlisted', channels.path));
  }
  const policy = dmPolicy(scope, undefined);
  const refusal = closed(scope, policy, facts.speaker);
  return refusal === undefined ? listedAccess(scope, policy, facts, false) : plain(refusal);
}

/** How the list of direct senders knows `speaker`, where pairing counts only with `pairing: true`. */
export function directMatch(scope: Scope, facts: DirectFacts, pairing: boolean): SenderMatch {
  const list = scope.directList();
  const match = list === undefined ? 'none' : matchSender(list, facts.speaker, facts.audience);
  if (match !== 'none' || !pairing) return match;
  const policy = dmPolicy(scope, peerPolicy(scope, facts));
  return policy.value === 'pairing' && isPaired(scope, facts) ? 'explicit' : 'none';
}

interface DmPolicy {
  readonly value: (typeof DM_POLICIES)[number];
  readonly path: string;
}

function dmPolicy(scope: Scope, override: Setting | undefined): DmPolicy {
  const setting = override ?? legacySetting(scope, 'dmPolicy', 'policy');
  const value = setting === undefined ? undefined : asChoice(setting, DM_POLICIES);
  if (setting !== undefined && value !== undefined) return { value, path: setting.path };
  return { value: 'pairing', path: byDefault(`${scope.channelSection.path}.dmPolicy`) };
}

/** `account.key ?? account.dm.legacy ?? channel.key ?? channel.dm.legacy`. */
function legacySetting(scope: Scope, key: string, legacy: string): Setting | undefined {
  for (const section of [scope.accountSection, scope.channelSection]) {
    if (section === undefined) continue;
    const current = within(section, key);
    if (current.value !== undefined) return current;
    const old = within(section, 'dm', legacy);
    if (old.value !== undefined) return old;
  }
  return undefined;
}

/** `direct.<peer>.dmPolicy`, by the sender's canonical id, the chat's id, then `*`. */
function peerPolicy(scope: Scope, { speaker, peerId }: DirectFacts): Setting | undefined {
  if (scope.channel !== 'telegram' && scope.channel !== 'whatsapp') return undefined;
  const direct = accountSetting(scope, 'direct');
  const section = direct === undefined ? undefined : toSection(direct);
  if (section === undefined) return undefined;
  for (const key of [speaker.id, peerId, '*']) {
    const policy = key === undefined ? undefined : within(section, key, 'dmPolicy');
    if (policy?.value !== undefined) return policy;
  }
  return undefined;
}

/** The refusals that come before any list: switched off, or a sender without an id. */
function closed(scope: Scope, policy: DmPolicy, speaker: Speaker): Decision | undefined {
  for (const section of [scope.accountSection, scope.channelSection]) {
    if (section === undefined) continue;
    const enabled = within(section, 'dm', 'enabled');
    if (asFlag(enabled) === false) return verdict.deny('dm.disabled', enabled.path);
  }
  if (policy.value === 'disabled') return verdict.deny('dm.disabled', policy.path);
  if (speaker.id !== undefined) return undefined;
  return verdict.deny('ingress.sender.missing_id', 'input.sender.id');
}

function listedAccess(
  scope: Scope,
  policy: DmPolicy,
  facts: DirectFacts,
  mayPair: boolean,
): Access {
  const list = scope.directList();
  const match = list === undefined ? 'none' : matchSender(list, facts.speaker, facts.audience);
  const explicit = match === 'explicit';
  const listPath = list?.path ?? byDefault(`${scope.channelSection.path}.allowFrom`);
  if (policy.value === 'open') {
    if (list?.wildcard === true) return { decision: verdict.allow('dm.open', listPath), explicit };
    if (explicit) return { decision: verdict.allow('dm.open.allowlisted', listPath), explicit };
    return plain(verdict.deny('dm.open.not_allowlisted', listPath));
  }
  if (explicit) return { decision: verdict.allow('dm.allowlisted', listPath), explicit };
  if (match === 'wildcard') return plain(verdict.allow('dm.allowlist.wildcard', listPath));
  if (policy.value === 'allowlist') {
    const empty = list === undefined || list.length === 0;
    const code = empty ? 'dm.allowlist.empty' : 'dm.allowlist.not_allowlisted';
    return plain(verdict.deny(code, listPath));
  }
  return mayPair
    ? pairedAccess(scope, policy, facts)
    : plain(verdict.deny('dm.group.sender_not_allowlisted', listPath));
}

function pairedAccess(scope: Scope, policy: DmPolicy, facts: DirectFacts): Access {
  if (isPaired(scope, facts)) {
    const decision = verdict.allow('dm.paired', `credentials/${scope.channel}-allowFrom.json`);
    return { decision, explicit: true };
  }
  return plain(
    facts.speaker.isBot
      ? verdict.ignore('dm.pairing.bot_sender', policy.path)
      : verdict.pair('dm.pairing.unknown_sender', policy.path),
  );
}

/** Whether the pairing store holds the sender. `*` and whatever is not an id there mean nobody. */
function isPaired(scope: Scope, { speaker, paired }: DirectFacts): boolean {
  if (speaker.id === undefined) return false;
  if (paired instanceof Set) return paired.has(speaker.id);
  if (!Array.isArray(paired)) return false;
  return paired.some(
    (entry: unknown) => entry !== '*' && canonicalSender(scope.channel, entry) === speaker.id,
  );
}

function listsRoom(scope: Scope, setting: Setting, peerId: string | undefined): boolean {
  const entries = asList(setting) ?? [];
  if (entries.length === 0) return true;
  if (peerId === undefined) return false;
  const normal = (id: string) => (scope.channel === 'slack' ? id.toUpperCase() : id);
  return entries.some((entry) => {
    const id = idText(entry);
    return id !== undefined && normal(id.trim()) === normal(peerId);
  });
}
