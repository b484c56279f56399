/**
 * Changes that may lead to another answer, by the code of the one that was given. They are only
 * suggestions: `advice.ts` tries each with the enforcing code and keeps what works.
 *
 * @module
 */
import type { Decision } from '@portcullis/core';
import { canonicalSender } from '../identity/sender.ts';
import { compileToolList, refuses } from '../tools/tool-list.ts';
import type { KeyPath } from './changed-key.ts';
import { type ConfigEdit, followPath, valueAt } from './config-edit.ts';

/** What a suggestion may be about. */
export interface Subject {
  readonly channel: string;
  readonly accountId: string;
  readonly sender: string;
  readonly group?: string;
  readonly guildId?: string;
  readonly agentId?: string;
  readonly tool?: string;
  /** Host of the URL asked about. */
  readonly host?: string;
}

type Suggest = (decision: Decision, subject: Subject, config: unknown) => readonly ConfigEdit[];

/** The keys of a decision's path: those that exist, then what is left, cut at its dots. */
function keysOf(config: unknown, path: string): KeyPath {
  const { keys, rest } = followPath(config, path);
  return rest === '' ? keys : [...keys, ...rest.split('.')];
}

const set = (path: KeyPath, value: unknown): ConfigEdit => ({ do: 'set', path, value });
const add = (path: KeyPath, value: string): ConfigEdit => ({ do: 'add', path, value });

/** The account's section where it has `key`, else the channel's. */
function sectionWith({ channel, accountId }: Subject, config: unknown, key: string): KeyPath {
  const account = ['channels', channel, 'accounts', accountId];
  return valueAt(config, [...account, key]) === undefined ? ['channels', channel] : account;
}

const switchOn: Suggest = ({ path }, _, config) => [set(keysOf(config, path), true)];
const switchOff: Suggest = ({ path }, _, config) => [set(keysOf(config, path), false)];

const listSender: Suggest = (_, subject, config) => [
  add([...sectionWith(subject, config, 'allowFrom'), 'allowFrom'], subject.sender),
];

/** The list that decided; where roles did, the users beside them. */
const listSenderThere: Suggest = ({ path }, { sender }, config) => {
  const keys = keysOf(config, path);
  return [add(keys.at(-1) === 'roles' ? [...keys.slice(0, -1), 'users'] : keys, sender)];
};

const listRoom: Suggest = (_, subject, config) => {
  const { group = '' } = subject;
  const groups = [...sectionWith(subject, config, 'groups'), 'groups'];
  return valueAt(config, [...groups, 'allowlist']) === undefined
    ? [set([...groups, group], {})]
    : [add([...groups, 'allowlist'], group)];
};

const listGuild: Suggest = (_, subject, config) => {
  const guilds = [...sectionWith(subject, config, 'guilds'), 'guilds'];
  return [set([...guilds, subject.guildId ?? ''], {})];
};

const listGuildChannel: Suggest = (_, subject, config) => {
  const { channel, guildId = '', group = '' } = subject;
  if (channel === 'slack') {
    return [set([...sectionWith(subject, config, 'channels'), 'channels', group], {})];
  }
  const guilds = [...sectionWith(subject, config, 'guilds'), 'guilds'];
  return [set([...guilds, guildId, 'channels', group], {})];
};

const openRoomPolicy: Suggest = (_, { channel, accountId, group = '' }) =>
  [
    ['channels', channel],
    ['channels', channel, 'accounts', accountId],
    ['channels', channel, 'groups', group],
  ].map((section) => ({ do: 'unset', path: [...section, 'groupPolicy'] }));

const muteMention: Suggest = (_, { channel, accountId, group = '' }, config) => {
  const account = ['channels', channel, 'accounts', accountId];
  const room = [...account, 'groups', group];
  const listed =
    valueAt(config, room) === undefined ? ['channels', channel, 'groups', group] : room;
  const sections = valueAt(config, listed) === undefined ? [] : [listed];
  return [...sections, ['channels', channel]].map((path) =>
    set([...path, 'requireMention'], false),
  );
};

const makeOwner: Suggest = (_, { channel, sender }) => [
  add(['commands', 'ownerAllowFrom'], `${channel}:${sender}`),
];

const authorise: Suggest = (decision, subject, config) => {
  const { channel, sender } = subject;
  const list = ['commands', 'allowFrom', channel];
  return valueAt(config, list.slice(0, 2)) === undefined
    ? makeOwner(decision, subject, config)
    : [add(list, sender)];
};

/** The deny list without every entry that means the tool. */
const undeny: Suggest = ({ path }, { tool = '' }, config) => {
  const keys = keysOf(config, path);
  const list = valueAt(config, keys);
  if (!Array.isArray(list)) return [add([...keys.slice(0, -1), 'alsoAllow'], tool)];
  const named = { name: tool, pluginId: undefined, mcp: false };
  const entries = list.filter((entry): entry is string => typeof entry === 'string');
  const kept = entries.filter((entry) => !refuses(compileToolList([entry], path, true), named));
  return [set(keys, kept)];
};

/** Beside the profile that lacks the tool: in the allow list where there is one, else as an addition. */
const addToProfile: Suggest = ({ path }, { tool = '' }, config) => {
  const keys = keysOf(config, path);
  const section = keys.at(-1) === 'profile' ? keys.slice(0, -1) : ['tools'];
  return valueAt(config, [...section, 'allow']) === undefined
    ? [add([...section, 'alsoAllow'], tool)]
    : [set([...section, 'profile'], 'full')];
};

const addToAllow: Suggest = ({ path }, { tool = '' }, config) => {
  const keys = keysOf(config, path);
  return ['allow', 'alsoAllow'].map((key) => add([...keys, key], tool));
};

function execSetting(key: string, ...values: readonly unknown[]): Suggest {
  return (_, { agentId = '' }, config) => {
    const agent = ['agents', 'entries', agentId, 'tools', 'exec'];
    const section = valueAt(config, [...agent, key]) === undefined ? ['tools', 'exec'] : agent;
    return values.map((value) => set([...section, key], value));
  };
}

const openNet: Suggest = ({ path }, { host = '' }, config) => {
  const keys = keysOf(config, path);
  const at = keys.indexOf('ssrfPolicy');
  const policy = at < 0 ? ['tools', 'web', 'fetch', 'ssrfPolicy'] : keys.slice(0, at + 1);
  const last = keys.at(-1);
  if (last === 'hostnameAllowlist') return [add(keys, host)];
  if (last === 'blockedHostnames') return [{ do: 'remove', path: keys, value: host }];
  return [
    add([...policy, 'allowedHostnames'], host),
    set([...policy, 'dangerouslyAllowPrivateNetwork'], true),
  ];
};

/** By code, or by the beginning of it (with a dot at its end). */
const OPENING: ReadonlyMap<string, Suggest> = new Map<string, Suggest>([
  ['ingress.channel.not_configured', (_, { channel }) => [set(['channels', channel], {})]],
  ['ingress.channel.disabled', switchOn],
  [
    'ingress.account.unknown',
    (_, { channel, accountId }) => [set(['channels', channel, 'accounts', accountId], {})],
  ],
  ['ingress.account.disabled', switchOn],
  ['ingress.bot.', switchOn],
  [
    'dm.disabled',
    ({ path }, _, config) => [
      set(keysOf(config, path), path.endsWith('.enabled') ? true : 'allowlist'),
    ],
  ],
  ['dm.group.disabled', switchOn],
  [
    'dm.group.not_allowlisted',
    ({ path }, { group = '' }, config) => [add(keysOf(config, path), group)],
  ],
  ['dm.', listSender],
  ['group.disabled', openRoomPolicy],
  ['group.room_disabled', switchOn],
  ['group.not_allowlisted', listRoom],
  ['group.no_groups_configured', listRoom],
  ['group.guild.not_allowlisted', listGuild],
  ['group.channel.not_allowlisted', listGuildChannel],
  ['group.sender_not_allowlisted', listSenderThere],
  [
    'group.sender_list_empty',
    (_, { channel, sender }) => [add(['channels', channel, 'groupAllowFrom'], sender)],
  ],
  ['group.mention.other', switchOff],
  ['group.mention.', muteMention],
  ['command.unauthorized', authorise],
  ['command.owner_only', makeOwner],
  ['route.agent.unknown', (_, { agentId = 'main' }) => [set(['agents', 'entries', agentId], {})]],
  ['tool.owner_only', makeOwner],
  ['tool.deny.', undeny],
  ['tool.profile.not_included', addToProfile],
  ['tool.provider_profile.not_included', addToProfile],
  ['tool.allow.', addToAllow],
  ['tool.exec.security_deny', execSetting('security', 'allowlist', 'full')],
  ['tool.browser.readonly', addToProfile],
  ['tool.message.reply_only', addToProfile],
  ['exec.security.deny', execSetting('security', 'allowlist', 'full')],
  ['exec.ask.always', execSetting('ask', 'on-miss', 'off')],
  ['exec.ask.inline_eval', execSetting('strictInlineEval', false)],
  ['exec.inline_eval.denied', execSetting('strictInlineEval', false)],
  ['exec.', execSetting('security', 'full')],
  ['fs.', () => [set(['tools', 'fs', 'workspaceOnly'], false)]],
  ['net.', openNet],
]);

/** Changes that may open what `decision` refuses. */
export function openingEdits(
  decision: Decision,
  subject: Subject,
  config: unknown,
): readonly ConfigEdit[] {
  const { code } = decision;
  const suggest =
    OPENING.get(code) ??
    [...OPENING].find(([prefix]) => prefix.endsWith('.') && code.startsWith(prefix))?.[1];
  return suggest?.(decision, subject, config) ?? [];
}

/** Changes that may close what is allowed: for this sender and this tool first, then for all. */
export function closingEdits(
  admission: Decision,
  subject: Subject,
  config: unknown,
): readonly ConfigEdit[] {
  const { channel, sender, group, tool } = subject;
  const listed = keysOf(config, admission.path);
  const entries = valueAt(config, listed);
  const own = (Array.isArray(entries) ? entries : [])
    .map(String)
    .filter((entry) => entry === '*' || canonicalSender(channel, entry) === sender)
    .map((value): ConfigEdit => ({ do: 'remove', path: listed, value }));
  const tools: readonly ConfigEdit[] = tool === undefined ? [] : [add(['tools', 'deny'], tool)];
  const room =
    group === undefined ? [] : [set(['channels', channel, 'groups', group, 'enabled'], false)];
  const policy = group === undefined ? 'dmPolicy' : 'groupPolicy';
  return [...tools, ...own, ...room, set(['channels', channel, policy], 'disabled')];
}
