/**
 * The claim about settings that cannot be read: they never let in more than their absence.
 *
 * @module
 */
import { type Claim, type Run, rank } from '../explorer.ts';
import { admit } from '../ingress-domain.ts';
import { ABSENT, type Path, changed, places, valueAt } from '../leaves.ts';

const JUNK: readonly unknown[] = [null, 0, 1.5, 2 ** 53, '', 'x', [], {}, true];

/** Configs that set everything a decision about admission reads, from open to closed. */
const CONFIGS: readonly unknown[] = [
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
const EVENTS = [...TELEGRAM, ...OTHERS];

/** Whether `junk` is a value that the setting may have, so that it is no junk there. */
function isLegal(old: unknown, junk: unknown, path: Path): boolean {
  if (typeof path.at(-1) === 'number') return typeof junk === 'string' || junk === 0;
  if (Array.isArray(old)) return Array.isArray(junk);
  if (typeof old === 'object')
    return typeof junk === 'object' && junk !== null && !Array.isArray(junk);
  return path.at(-1) === 'allowBots' || typeof old === 'boolean' ? junk === true : false;
}

function check(run: Run): void {
  for (const config of CONFIGS) {
    for (const path of places(config)) {
      const without = changed(config, path, ABSENT);
      const ranks = EVENTS.map((event) => rank(admit(without, event)));
      for (const junk of JUNK) {
        if (isLegal(valueAt(config, path), junk, path)) continue;
        const broken = changed(config, path, junk);
        EVENTS.forEach((event, index) => {
          const decision = admit(broken, event);
          const trace = [path.join('.'), junk, event, decision];
          run.expect(decision.code !== 'engine.internal_error', 'an exception inside', ...trace);
          const fine = rank(decision) <= (ranks[index] ?? 0);
          run.expect(fine, 'a value nobody can read grants', ...trace);
        });
      }
    }
  }
}

/** Junk never grants. */
export const unreadable: Claim = {
  id: 'I13',
  sentence: 'a value that cannot be read grants nothing that its absence would not',
  bounds:
    '9 kinds of junk at every place of two configs that set everything, 78 events each; values legal at their place left out',
  check,
};
