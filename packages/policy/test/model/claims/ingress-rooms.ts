/**
 * Claims about rooms: which are listed, who speaks there, and what addressing the agent can do.
 *
 * @module
 */
import { type Claim, type Run, present, product, rank } from '../explorer.ts';
import {
  GROUP_MAPS,
  PEERS,
  admit,
  channelConfig,
  roomEvent,
  senderOf,
  telegram,
} from '../ingress-domain.ts';

const POLICIES = [undefined, 'open', 'allowlist', 'disabled', 'x'] as const;
const ROOM_POLICIES = [undefined, 'open', 'allowlist'] as const;
const LISTS = [undefined, [], [telegram.a], ['*']] as const;
const FLAGS = [undefined, true, false] as const;

const listedIn = (groups: unknown, peer: string): boolean => {
  const array: unknown = Object(groups)['allowlist'];
  return Array.isArray(array) && (array.includes(peer) || array.includes('*'));
};

function checkAllowlist(run: Run): void {
  const maps = GROUP_MAPS.filter((map) => map !== undefined && 'allowlist' in map);
  const extra: readonly Readonly<Record<string, unknown>>[] = [
    {},
    { '*': {} },
    { g: {} },
    { h: {} },
    { constructor: {} },
  ];
  const rows = product(maps, ROOM_POLICIES, ROOM_POLICIES, LISTS, PEERS, ['a', 'b'], [false, true]);
  for (const [groups, groupPolicy, outer, groupAllowFrom, peer, who, onAccount] of rows) {
    const event = roomEvent(peer, senderOf(who, telegram), { accountId: 'work' });
    const at = (map: unknown, policy: string | undefined = groupPolicy) => {
      const place = { groups: map, groupPolicy: policy, groupAllowFrom };
      const config = onAccount
        ? { groupPolicy: outer, accounts: { work: present(place) } }
        : { ...place, accounts: { work: {} }, defaults: present({ groupPolicy: outer }) };
      return admit(channelConfig(telegram, config), event);
    };
    const was = at(groups);
    const known = was.effect !== 'allow' || listedIn(groups, peer);
    run.expect(known, 'a room that is not in the list is open', groups, event, was);
    for (const more of extra) {
      const now = at({ ...more, ...groups }, 'open');
      const closed = was.code !== 'group.not_allowlisted' || now.effect !== 'allow';
      run.expect(closed, 'another key or policy opens the room', groups, more, event, now);
    }
    const array = (groups?.['allowlist'] ?? []) as readonly string[];
    array.forEach((_, index) => {
      const now = at({ ...groups, allowlist: array.toSpliced(index, 1) });
      run.expect(rank(now) <= rank(was), 'taking a room away opens more', groups, event, now);
    });
  }
}

function checkDisabled(run: Run): void {
  const rows = product(
    POLICIES,
    POLICIES,
    POLICIES,
    POLICIES,
    POLICIES,
    [undefined, ['*']],
    [0, 1],
  );
  for (const [ofTopic, ofGroup, ofAccount, ofChannel, ofDefaults, allowFrom, star] of rows) {
    const topics = { t: present({ groupPolicy: ofTopic }) };
    const entry = present({ groupPolicy: ofGroup, topics, allowFrom });
    const config = channelConfig(telegram, {
      groups: star === 0 ? { g: entry } : { g: entry, '*': { groupPolicy: 'open' } },
      groupPolicy: ofChannel,
      accounts: { work: present({ groupPolicy: ofAccount }) },
      defaults: present({ groupPolicy: ofDefaults }),
    });
    const event = roomEvent('g', senderOf('a', telegram), { topicId: 't', accountId: 'work' });
    const decision = admit(config, event);
    const off = [ofTopic, ofGroup, ofAccount, ofChannel].includes('disabled');
    run.expect(!off || decision.effect === 'deny', 'a disabled room is open', config, decision);
  }
}

interface Addressing {
  readonly levels: readonly (boolean | undefined)[];
  readonly activation: 'always' | 'mention' | undefined;
  readonly command: string | undefined;
  readonly who: 'owner' | 'a' | 'b';
  readonly text: boolean | undefined;
  readonly map: number;
}

const MAPS: readonly (readonly string[])[] = [['g'], ['h']];

/** A room in which the owner and `a` are listed and `b` is not, where `map` is 0 and 2. */
function addressingConfig({ levels, text, map }: Addressing): unknown {
  const [ofTopic, ofGroup, ofStar, ofChannel] = levels;
  const topics = { t: present({ requireMention: ofTopic }) };
  const listed = map === 2 ? ['77', telegram.a] : undefined;
  const entry = present({ requireMention: ofGroup, topics, allowFrom: listed });
  const star = present({ requireMention: ofStar });
  const groups = { allowlist: MAPS[map === 1 ? 1 : 0], g: entry, '*': star };
  return channelConfig(
    telegram,
    { groups, requireMention: ofChannel },
    { commands: present({ ownerAllowFrom: ['telegram:77'], text }) },
  );
}

const FACTS = [
  'nativeMention',
  'replyToBot',
  'quotedBot',
  'botInThread',
  'mentionsOthers',
  'canDetectMention',
] as const;
const FACT_SETS = Array.from({ length: 64 }, (_, bits) =>
  Object.fromEntries(FACTS.map((name, index) => [name, ((bits >> index) & 1) === 1])),
);

function addressingEvent(each: Addressing, facts: unknown): unknown {
  const { command, who, activation } = each;
  const sender = who === 'owner' ? { id: '77' } : senderOf(who, telegram);
  const state = present({ activation });
  return roomEvent('g', sender, present({ topicId: 't', facts, state, command }));
}

function* addressings(run: Run): Generator<Addressing> {
  const activations = [undefined, 'always', 'mention'] as const;
  const commands = [undefined, 'status', 'activation'] as const;
  const people = ['owner', 'a', 'b'] as const;
  const levelSets = [...product(FLAGS, FLAGS, FLAGS, FLAGS)].toSorted(
    (one, other) => one.filter(Boolean).length - other.filter(Boolean).length,
  );
  const texts = run.long ? FLAGS : [undefined, false];
  for (const [levels, activation, command, who, text, map] of product(
    levelSets,
    activations,
    commands,
    people,
    texts,
    [2, 0, 1],
  )) {
    // Without a command the switch for text commands is not read.
    if (command === undefined && text === false) continue;
    yield { levels, activation, command, who, text, map };
  }
}

/** Whether the rule wants a mention here. */
function wantsMention({ levels, activation }: Addressing): boolean {
  if (activation !== undefined) return activation === 'mention';
  return levels.find((level) => level !== undefined) ?? true;
}

function checkBypass(run: Run): void {
  for (const each of addressings(run)) {
    if (!wantsMention(each) || each.map === 1) continue;
    const config = addressingConfig(each);
    const authorised = each.who === 'owner' || (each.who === 'a' && each.map === 2);
    for (const facts of FACT_SETS) {
      const decision = admit(config, addressingEvent(each, facts));
      const mentioned =
        facts['nativeMention'] || facts['replyToBot'] || facts['quotedBot'] || facts['botInThread'];
      const bypass =
        decision.code === 'group.command_bypass' &&
        authorised &&
        each.command !== undefined &&
        each.text !== false &&
        facts['nativeMention'] !== true &&
        facts['mentionsOthers'] !== true;
      const fine = decision.effect !== 'allow' || mentioned === true || bypass;
      run.expect(fine, 'the agent wakes without being addressed', config, each, facts, decision);
    }
  }
}

function checkActivation(run: Run): void {
  for (const each of addressings(run)) {
    const quiet = { ...each, levels: [false, false, false, false], activation: undefined };
    const base = admit(addressingConfig(quiet), addressingEvent(quiet, {}));
    const config = addressingConfig(each);
    for (const facts of FACT_SETS) {
      const decision = admit(config, addressingEvent(each, facts));
      const fine =
        rank(decision) <= rank(base) && (base.effect !== 'deny' || decision.code === base.code);
      run.expect(fine, 'addressing the agent authorises', config, each, facts, base, decision);
    }
  }
}

/** What is proved about rooms and addressing. */
export const roomClaims: readonly Claim[] = [
  {
    id: 'I4',
    sentence: 'where a mention is wanted nothing passes without one but a bare authorised command',
    bounds:
      'requireMention at 4 levels, 3 activations, 3 commands, 3 senders, text commands unset and off, 3 room lists, all 64 sets of facts. Long: text commands on as well',
    check: checkBypass,
  },
  {
    id: 'I5',
    sentence: 'mentions, replies and activation never authorise',
    bounds: 'as I4',
    check: checkActivation,
  },
  {
    id: 'I6',
    sentence: 'nothing beside groups.allowlist admits a room, and shortening it never does',
    bounds:
      '5 maps with an allowlist, 3 x 3 policies at two levels, 4 lists, 5 rooms, 2 senders, on channel and account; 6 additions and every removal',
    check: checkAllowlist,
  },
  {
    id: 'I7',
    sentence: 'disabled at any level wins',
    bounds: '5 policies at 5 levels, with and without an open * entry and a sender list',
    check: checkDisabled,
  },
];
