/**
 * The claim about narrowing: an entry less in a list of senders never lets anybody do more.
 *
 * @module
 */
import { type Claim, type Run, present, product, rank } from '../explorer.ts';
import {
  LISTS,
  type ListWord,
  type People,
  admit,
  channelConfig,
  roomEvent,
  senderOf,
  telegram,
  written,
} from '../ingress-domain.ts';

/** The lists of a Telegram config that can be narrowed. */
const PLACES = [
  'allowFrom',
  'account',
  'groupAllowFrom',
  'accountGroup',
  '*',
  'g',
  'topic',
] as const;
type Place = (typeof PLACES)[number];

function listConfig(
  lists: Partial<Record<Place, ListWord>>,
  dmPolicy: unknown,
  groupPolicy: unknown,
) {
  const at = (place: Place) => written(lists[place], telegram);
  const topics = { t: at('topic') === undefined ? {} : { allowFrom: at('topic') } };
  const entry = at('g') === undefined ? { topics } : { allowFrom: at('g'), topics };
  return channelConfig(telegram, {
    dmPolicy,
    groupPolicy,
    allowFrom: at('allowFrom'),
    groupAllowFrom: at('groupAllowFrom'),
    groups: { g: entry, ...(at('*') === undefined ? {} : { '*': { allowFrom: at('*') } }) },
    accounts: {
      work: {
        ...(at('account') === undefined ? {} : { allowFrom: at('account') }),
        ...(at('accountGroup') === undefined ? {} : { groupAllowFrom: at('accountGroup') }),
      },
    },
  });
}

const EVENTS = ['a', 'b', 'missing'].flatMap((who) => {
  const sender = senderOf(who, telegram);
  const direct = { channel: 'telegram', kind: 'direct', sender, state: { paired: [telegram.b] } };
  const room = roomEvent('g', sender);
  return [direct, room, roomEvent('h', sender), roomEvent('g', sender, { topicId: 't' })].flatMap(
    (event) => [event, { ...(event as object), accountId: 'work' }],
  );
});

/** A list at one place, another list at another place, and each entry taken away in turn. */
function checkNarrowing(run: Run): void {
  const full: readonly ListWord[] = [['a'], ['*'], ['b'], ['a', '*'], ['g', 'a'], ['*', 'b']];
  const policies = [undefined, 'allowlist', 'open', 'pairing'] as const;
  for (const [place, other, list, beside, policy] of product(
    PLACES,
    PLACES,
    full,
    LISTS,
    policies,
  )) {
    if (place === other && beside !== undefined) continue;
    const groupPolicy = policy === 'pairing' ? undefined : policy;
    const config = (at: ListWord) =>
      listConfig({ [other]: beside, [place]: at }, policy, groupPolicy);
    const wide = config(list);
    const before = EVENTS.map((event) => admit(wide, event));
    (list ?? []).forEach((_, index) => {
      const narrow = config(list?.toSpliced(index, 1));
      EVENTS.forEach((event, at) => {
        const after = admit(narrow, event);
        const was = before[at];
        const fine = was !== undefined && rank(after) <= rank(was);
        run.expect(fine, 'taking an entry away lets more in', { wide, narrow, event }, was, after);
      });
    });
  }
}

const discord: People = { channel: 'discord', a: '100001', b: '100002' };
const slack: People = { channel: 'slack', a: 'U0001', b: 'U0002' };

/** Users and roles of a server and of a channel in it, and users of a Slack channel. */
const NETWORK_PLACES = ['guild users', 'guild roles', 'users', 'roles', 'slack'] as const;
type NetworkPlace = (typeof NETWORK_PLACES)[number];
type NetworkLists = Partial<Record<NetworkPlace, readonly string[] | undefined>>;

function networkConfig(lists: NetworkLists, groupPolicy: string | undefined): unknown {
  const channel = present({ users: lists.users, roles: lists.roles });
  const guild = present({
    users: lists['guild users'],
    roles: lists['guild roles'],
    channels: { '7': channel },
  });
  return {
    channels: {
      discord: present({ guilds: { '1': guild }, groupPolicy }),
      slack: present({ channels: { C01: present({ users: lists.slack }) }, groupPolicy }),
    },
  };
}

const NETWORK_EVENTS: readonly unknown[] = ['a', 'b', 'missing'].flatMap((who) => {
  const facts = { nativeMention: true };
  const inSlack = { channel: 'slack', kind: 'channel', peerId: 'C01', facts };
  const inDiscord = { channel: 'discord', kind: 'channel', guildId: '1', peerId: '7', facts };
  const people = [[], ['9']].map((roles) => ({ ...Object(senderOf(who, discord)), roles }));
  return [
    { ...inSlack, sender: senderOf(who, slack) },
    ...people.map((sender) => ({ ...inDiscord, sender })),
  ];
});

function listsFor(place: NetworkPlace): readonly (readonly string[])[] {
  if (place.endsWith('roles')) return [['9'], ['8', '9']];
  const { a, b } = place === 'slack' ? slack : discord;
  return [[a], ['*'], [a, '*'], [b, a]];
}

/** Takes each entry of `list` away and compares every event. */
function expectNarrower(
  run: Run,
  list: readonly string[],
  events: readonly unknown[],
  config: (list: readonly string[]) => unknown,
): void {
  const wide = config(list);
  const before = events.map((event) => rank(admit(wide, event)));
  list.forEach((_, index) => {
    const narrow = config(list.toSpliced(index, 1));
    events.forEach((event, at) => {
      const after = admit(narrow, event);
      const fine = rank(after) <= (before[at] ?? 0);
      run.expect(fine, 'taking an entry away lets more in', { wide, narrow, event }, after);
    });
  });
}

function checkNetworks(run: Run): void {
  const policies = [undefined, 'allowlist', 'open'] as const;
  for (const [place, other, policy] of product(NETWORK_PLACES, NETWORK_PLACES, policies)) {
    for (const [list, beside] of product(listsFor(place), [undefined, [], ...listsFor(other)])) {
      if (place === other && beside !== undefined) continue;
      expectNarrower(run, list, NETWORK_EVENTS, (each) =>
        networkConfig({ [other]: beside, [place]: each }, policy),
      );
    }
  }
}

/** Owners and commanders, whose lists are no lists of senders but narrow the same way. */
function checkCommanders(run: Run): void {
  const groups = { g: { allowFrom: [telegram.a] } };
  const events = ['status', 'config'].flatMap((command) =>
    ['a', 'b'].map((who) => roomEvent('g', senderOf(who, telegram), { command })),
  );
  const owners = [undefined, [], [`telegram:${telegram.a}`]] as const;
  for (const [list, beside] of product([[telegram.a], [telegram.b, telegram.a], ['*']], owners)) {
    const from = (commands: unknown) => channelConfig(telegram, { groups }, { commands });
    expectNarrower(run, list, events, (each) =>
      from(present({ allowFrom: { telegram: each }, ownerAllowFrom: beside })),
    );
    const allowFrom = beside === undefined ? undefined : { telegram: beside };
    expectNarrower(run, list, events, (each) => from(present({ ownerAllowFrom: each, allowFrom })));
  }
}

/** Narrowing never grants. */
export const narrowing: Claim = {
  id: 'I8',
  sentence: 'taking an entry from a list of senders never lets anybody do more',
  bounds:
    '7 places for lists, two at a time, 6 lists beside 7 others, 4 policies, 24 events; 5 lists of Discord and Slack, two at a time, 3 policies, 9 events; lists of owners and commands; no exclusions',
  check(run) {
    checkNarrowing(run);
    checkNetworks(run);
    checkCommanders(run);
  },
};
