// Single rules that neither a vector nor a law pins down.
import { describe, expect, test } from 'vitest';
import { dedupeKey } from '../src/index.ts';
import { decide } from '../src/ops.ts';

interface Row {
  readonly name: string;
  readonly op: string;
  readonly config: unknown;
  readonly input: Readonly<Record<string, unknown>>;
  readonly code: string;
}

const dm = (id: string, more: object = {}) => ({
  channel: 'telegram',
  kind: 'direct',
  sender: { id },
  ...more,
});
const room = (peerId: string, more: object = {}) => ({
  channel: 'telegram',
  kind: 'group',
  peerId,
  sender: { id: '42' },
  facts: { nativeMention: true },
  ...more,
});
const telegram = (settings: object, more: object = {}) => ({
  channels: { telegram: settings },
  ...more,
});
const discord = (guilds: object, more: object = {}) => ({
  channels: { discord: { guilds, ...more } },
});
const guildMessage = (more: object = {}) => ({
  channel: 'discord',
  kind: 'channel',
  peerId: '55555',
  guildId: '11111',
  sender: { id: '77777' },
  facts: { nativeMention: true },
  ...more,
});

const ingress: readonly Omit<Row, 'op'>[] = [
  {
    name: 'an empty root list clamps the wildcard of an account',
    config: telegram({
      dmPolicy: 'allowlist',
      allowFrom: [],
      accounts: { work: { allowFrom: ['*'] } },
    }),
    input: dm('42', { accountId: 'work' }),
    code: 'dm.allowlist.empty',
  },
  {
    name: 'a key beside groups.allowlist gives settings and admits nobody',
    config: telegram({ groups: { allowlist: ['-1'], '-2': {} } }),
    input: room('-2'),
    code: 'group.not_allowlisted',
  },
  {
    name: 'a group called allowlist is not the allow list',
    config: telegram({ groups: { allowlist: ['-1'] } }),
    input: room('allowlist'),
    code: 'group.not_allowlisted',
  },
  {
    name: 'a command that mentions somebody else needs a mention of ours',
    config: telegram({ groups: { '-1': { allowFrom: ['42'] } } }),
    input: room('-1', { command: 'status', facts: { mentionsOthers: true } }),
    code: 'group.mention.required',
  },
  {
    name: 'text commands switched off bypass nothing',
    config: telegram({ groups: { '-1': { allowFrom: ['42'] } } }, { commands: { text: false } }),
    input: room('-1', { command: 'status', facts: {} }),
    code: 'group.mention.required',
  },
  {
    name: 'a malformed isSelf is our own echo',
    config: telegram({ allowFrom: ['42'] }),
    input: dm('42', { sender: { id: '42', isSelf: 'no' } }),
    code: 'ingress.self',
  },
  {
    name: 'an own value of a room overrides the default of "*"',
    config: telegram({ groups: { '*': { enabled: false }, '-1': { enabled: true } } }),
    input: room('-1'),
    code: 'group.member',
  },
  {
    name: 'the default of "*" holds for a room without a value',
    config: telegram({ groups: { '*': { groupPolicy: 'disabled' }, '-1': {} } }),
    input: room('-1'),
    code: 'group.disabled',
  },
  {
    name: 'an owner entry of another channel makes nobody owner on a plain one',
    config: {
      channels: { irc: { allowFrom: ['*'], dmPolicy: 'open' } },
      commands: { ownerAllowFrom: ['telegram:42'] },
    },
    input: { channel: 'irc', kind: 'direct', sender: { id: 'telegram:42' }, command: 'config' },
    code: 'command.unauthorized',
  },
  {
    name: 'a reserved word is no channel',
    config: { channels: { direct: { allowFrom: ['*'] } } },
    input: { channel: 'direct', kind: 'direct', sender: { id: 'a' } },
    code: 'config.invalid',
  },
  {
    name: 'a number that has lost digits is nobody and spoils the decision',
    config: telegram({ allowFrom: ['42'] }),
    input: dm('42', { sender: { id: 2 ** 53 } }),
    code: 'config.invalid',
  },
  {
    name: 'a room without an id',
    config: telegram({ groupPolicy: 'open' }),
    input: room(''),
    code: 'ingress.room.missing_id',
  },
  {
    name: 'an empty map of guilds means none, under every policy',
    config: discord({}, { groupPolicy: 'open' }),
    input: guildMessage(),
    code: 'group.guild.not_allowlisted',
  },
  {
    name: 'an empty map of channels means none',
    config: discord({ '11111': { channels: {} } }),
    input: guildMessage(),
    code: 'group.channel.not_allowlisted',
  },
  {
    name: 'a thread is found by its parent',
    config: discord({ '11111': { channels: { '44444': { users: ['77777'] } } } }),
    input: guildMessage({ parentId: '44444' }),
    code: 'group.sender_allowlisted',
  },
  {
    name: 'roles of the channel replace users of the server',
    config: discord({ '11111': { users: ['77777'], channels: { '55555': { roles: ['9'] } } } }),
    input: guildMessage(),
    code: 'group.sender_not_allowlisted',
  },
  {
    name: 'a display name matches only where names are dangerously allowed',
    config: discord({ '11111': { users: ['@Ann'] } }, { dangerouslyAllowNameMatching: true }),
    input: guildMessage({ sender: { id: '77777', username: 'ann' } }),
    code: 'group.sender_allowlisted',
  },
  {
    name: 'and nowhere else',
    config: discord({ '11111': { users: ['@Ann'] } }),
    input: guildMessage({ sender: { id: '77777', username: 'ann' } }),
    code: 'group.sender_not_allowlisted',
  },
  {
    name: 'a mention pattern that repeats a repetition never matches',
    config: telegram(
      { groups: { '-1': {} } },
      { messages: { groupChat: { mentionPatterns: ['(a+)+'] } } },
    ),
    input: room('-1', { facts: {}, text: 'aaa' }),
    code: 'group.mention.required',
  },
  {
    name: 'invisible characters do not hide a name',
    config: telegram(
      { groups: { '-1': {} } },
      { agents: { entries: { main: { identity: { name: 'Клод' } } } } },
    ),
    input: room('-1', { facts: {}, text: 'при\u200bвет, кл\u2060од!' }),
    code: 'group.member',
  },
];

const context = (settings: object, state: object) => ({
  config: telegram({ contextVisibility: 'allowlist', ...settings }),
  input: dm('1', { item: { kind: 'quote', sender: { id: '42' } }, state }),
});

const session = { agentId: 'main', key: 'agent:main:main' };
const tools = (settings: object, more: object = {}) => ({ tools: settings, ...more });

const rows: readonly Row[] = [
  ...ingress.map((row) => Object.assign({ op: 'ingress.decide' }, row)),
  {
    name: 'paired senders are heard in context under pairing only',
    op: 'context.decide',
    ...context({ dmPolicy: 'allowlist' }, { paired: ['42'] }),
    code: 'context.not_allowlisted',
  },
  {
    name: 'paired senders are heard in context under pairing',
    op: 'context.decide',
    ...context({}, { paired: ['42'] }),
    code: 'context.allowlisted',
  },
  {
    name: 'a sandboxed session never sees more than its tree',
    op: 'session.visible',
    config: tools({ sessions: { visibility: 'agent' } }),
    input: {
      self: { ...session, sandboxed: true },
      target: { agentId: 'main', key: 'agent:main:x' },
    },
    code: 'session.not_visible',
  },
  {
    name: 'both agents must be listed to reach each other',
    op: 'session.visible',
    config: tools({
      sessions: { visibility: 'all' },
      agentToAgent: { enabled: true, allow: ['main'] },
    }),
    input: { self: session, target: { agentId: 'work', key: 'agent:work:main' } },
    code: 'session.agent_to_agent.disabled',
  },
  {
    name: 'agents that are both listed reach each other',
    op: 'session.visible',
    config: tools({
      sessions: { visibility: 'all' },
      agentToAgent: { enabled: true, allow: ['main', 'work'] },
    }),
    input: { self: session, target: { agentId: 'work', key: 'agent:work:main' } },
    code: 'session.visible',
  },
  {
    name: 'a misspelt group in a deny list spoils every tool',
    op: 'tool.decide',
    config: tools({ profile: 'full', deny: ['group:runtim'] }),
    input: { agentId: 'main', tool: 'read' },
    code: 'config.invalid',
  },
  {
    name: 'a misspelt group in an allow list is nothing',
    op: 'tool.decide',
    config: tools({ profile: 'full', allow: ['group:fsx'] }),
    input: { agentId: 'main', tool: 'read' },
    code: 'tool.allow.global_miss',
  },
  {
    name: 'a configured sandbox deny keeps the built-in ones',
    op: 'tool.decide',
    config: tools({ profile: 'full', sandbox: { tools: { allow: ['*'], deny: ['read'] } } }),
    input: { agentId: 'main', tool: 'browser', sandboxed: true },
    code: 'tool.deny.sandbox',
  },
  {
    name: 'an empty allow list is no reason for the full profile',
    op: 'tool.decide',
    config: tools({ allow: [] }),
    input: { agentId: 'main', tool: 'read' },
    code: 'tool.profile.not_included',
  },
  {
    name: 'a group does not lift a constraint',
    op: 'tool.decide',
    config: tools({ profile: 'messaging', alsoAllow: ['group:ui'] }),
    input: { agentId: 'main', tool: 'browser', action: 'act', requesterIsOwner: true },
    code: 'tool.browser.readonly',
  },
  {
    name: 'a tool named by itself lifts it, for the owner',
    op: 'tool.decide',
    config: tools({ profile: 'messaging', alsoAllow: ['browser'] }),
    input: { agentId: 'main', tool: 'browser', action: 'act', requesterIsOwner: true },
    code: 'tool.allowed',
  },
  {
    name: 'and for nobody else',
    op: 'tool.decide',
    config: tools({ profile: 'messaging', alsoAllow: ['browser'] }),
    input: { agentId: 'main', tool: 'browser', action: 'act' },
    code: 'tool.owner_only',
  },
  {
    name: 'a wildcard in a deny list also meets aliases',
    op: 'tool.decide',
    config: tools({ profile: 'full', deny: ['bas*'], exec: { security: 'full' } }),
    input: { agentId: 'main', tool: 'exec' },
    code: 'tool.deny.global',
  },
  {
    name: 'a plugin gets nothing from a core name it took as its id',
    op: 'tool.decide',
    config: tools({ allow: ['read'] }),
    input: { agentId: 'main', tool: 'steal', registered: [{ name: 'steal', pluginId: 'read' }] },
    code: 'tool.allow.global_miss',
  },
  {
    name: 'the model of a provider is more specific than the provider',
    op: 'tool.decide',
    config: tools({
      profile: 'coding',
      byProvider: { lab: { deny: ['read'] }, 'lab/big': { deny: ['write'] } },
    }),
    input: { agentId: 'main', tool: 'read', provider: 'lab', model: 'small' },
    code: 'tool.deny.provider',
  },
];

describe('rules', () => {
  test.each(rows)('$name', ({ op, config, input, code }) => {
    expect(decide(op, config, input).code).toBe(code);
  });

  test('nobody can imitate a linked identity in any scope', () => {
    for (const dmScope of ['per-peer', 'per-channel-peer', 'per-account-channel-peer']) {
      const config = { session: { dmScope, identityLinks: { alice: ['irc:me'] } } };
      const key = (id: string) =>
        decide('session.key', config, {
          agentId: 'main',
          channel: 'irc',
          kind: 'direct',
          sender: { id },
        }).value;
      expect(key('me')).toMatch(/:~alice$/);
      expect(key('~alice')).toMatch(/%7Ealice$/);
      expect(key('alice')).not.toBe(key('me'));
    }
  });

  test('links that name one id twice spoil decisions that use them, and no others', () => {
    const links = { identityLinks: { a: ['telegram:1'], b: ['tg:1'] } };
    const input = { agentId: 'main', channel: 'telegram', kind: 'direct', sender: { id: '5' } };
    expect(decide('session.key', { session: { dmScope: 'per-peer', ...links } }, input).code).toBe(
      'config.invalid',
    );
    expect(decide('session.key', { session: links }, input).code).toBe('session.main');
  });

  test('the dedupe key tells topics apart and cannot be imitated', () => {
    const event = { channel: 'telegram', kind: 'group', peerId: '-1', eventId: 'e' };
    expect(dedupeKey({ ...event, topicId: '7' })).toBe(
      '["telegram","default","group","-1","7","e"]',
    );
    expect(dedupeKey({ ...event, threadId: '7' })).toBe(dedupeKey({ ...event, topicId: '7' }));
    expect(dedupeKey(event)).not.toBe(dedupeKey({ ...event, topicId: '7' }));
    expect(dedupeKey({ ...event, eventId: undefined })).toBeUndefined();
  });

  test('members of Object are no settings', () => {
    const allowFrom = ['accessGroup:constructor'];
    expect(
      decide('ingress.decide', telegram({ dmPolicy: 'allowlist', allowFrom }), dm('42')).code,
    ).toBe('dm.allowlist.not_allowlisted');
    expect(decide('ingress.decide', {}, { channel: 'toString', kind: 'direct' }).code).toBe(
      'ingress.channel.not_configured',
    );
  });
});
