/**
 * Two configs that set everything a decision about admission reads, and events for them.
 *
 * @module
 */

/** Configs that set everything a decision about admission reads, from open to closed. */
export const CONFIGS: readonly unknown[] = [
  {
    channels: {
      telegram: {
        enabled: true,
        dmPolicy: 'disabled',
        allowFrom: ['11', 'accessGroup:g'],
        groupPolicy: 'allowlist',
        groupAllowFrom: ['11'],
        allowBots: 'mentions',
        requireMention: true,
        implicitMentions: { replyToBot: false },
        dm: { enabled: true, groupEnabled: true, groupChannels: ['g'] },
        direct: { '22': { dmPolicy: 'disabled' } },
        groups: {
          allowlist: ['g'],
          g: {
            enabled: true,
            requireMention: true,
            allowFrom: ['11'],
            topics: { t: { groupPolicy: 'disabled', enabled: false, allowFrom: [] } },
          },
          '*': { requireMention: true, allowFrom: [] },
        },
        accounts: {
          work: { enabled: true, dmPolicy: 'allowlist', allowFrom: ['*'], groupPolicy: 'disabled' },
          home: { dmPolicy: 'open', allowFrom: ['11'], groups: { g: { enabled: false } } },
        },
      },
      defaults: { groupPolicy: 'disabled', contextVisibility: 'allowlist' },
    },
    accessGroups: { g: { type: 'message.senders', members: { telegram: ['22'] } } },
    commands: { ownerAllowFrom: ['telegram:11'], allowFrom: { telegram: ['11'] }, text: false },
  },
  {
    channels: {
      telegram: {
        dmPolicy: 'pairing',
        groups: { '*': {} },
        accounts: { work: { dmPolicy: 'disabled' } },
      },
      discord: {
        groupPolicy: 'allowlist',
        guilds: {
          '1': {
            users: ['100001'],
            roles: ['9'],
            channels: { '7': { enabled: true, users: ['100001'] } },
          },
        },
      },
      slack: { groupPolicy: 'allowlist', channels: { C01: { users: ['U0001'], enabled: true } } },
    },
  },
];

const SENDERS = [{ id: '11' }, { id: '22' }, { id: '22', isBot: true }, {}];
const TELEGRAM: readonly unknown[] = SENDERS.flatMap((sender) =>
  [undefined, 'work', 'home'].flatMap((accountId) =>
    [
      { kind: 'direct', state: { paired: ['22'] } },
      { kind: 'groupdm', peerId: 'g' },
      { kind: 'group', peerId: 'g' },
      { kind: 'group', peerId: 'g', topicId: 't', facts: { nativeMention: true } },
      { kind: 'group', peerId: 'h', facts: { replyToBot: true } },
      { kind: 'group', peerId: 'g', command: 'status' },
    ].map((event) => ({ channel: 'telegram', ...(accountId && { accountId }), sender, ...event })),
  ),
);
const facts = { nativeMention: true };
const OTHERS: readonly unknown[] = ['1', '2'].flatMap((last) => [
  {
    channel: 'discord',
    kind: 'channel',
    guildId: '1',
    peerId: '7',
    sender: { id: `10000${last}` },
    facts,
  },
  {
    channel: 'discord',
    kind: 'channel',
    guildId: '1',
    peerId: '8',
    sender: { id: `10000${last}` },
    facts,
  },
  { channel: 'slack', kind: 'channel', peerId: 'C01', sender: { id: `U000${last}` }, facts },
]);
/** Everybody, everywhere those configs speak of. */
export const EVENTS: readonly unknown[] = [...TELEGRAM, ...OTHERS];
