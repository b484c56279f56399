/**
 * The claim about routing: which agent answers is decided by the most specific binding alone.
 *
 * @module
 */
import { decide } from '../../../src/ops.ts';
import { type Claim, type Run, present, product } from '../explorer.ts';

const EVENT = {
  channel: 'discord',
  accountId: 'work',
  kind: 'channel',
  peerId: '7',
  parentId: '8',
  guildId: '1',
  teamId: 't',
  sender: { id: '100001', roles: ['r'] },
};
const AGENTS: ReadonlySet<string> = new Set(['one', 'two', 'three']);
const ENTRIES = { one: { default: true }, two: {}, three: {} };

const TIERS = [
  'route.peer',
  'route.peer.parent',
  'route.peer.wildcard',
  'route.guild_roles',
  'route.guild',
  'route.team',
  'route.account',
  'route.channel',
  'route.default',
];

/** What a binding asks of an event: each field absent, matching or not. */
interface Shape {
  readonly account: 'match' | 'other' | '*' | undefined;
  readonly guild: 'match' | 'other' | undefined;
  readonly team: 'match' | 'other' | undefined;
  readonly roles: 'match' | 'other' | undefined;
  readonly peer: 'match' | 'other' | 'parent' | '*' | 'broken' | undefined;
}

const PEER_IDS = { match: '7', other: '9', parent: '8', '*': '*' } as const;

function matchOf({ account, guild, team, roles, peer }: Shape): unknown {
  const id = peer === undefined || peer === 'broken' ? undefined : PEER_IDS[peer];
  return present({
    channel: 'discord',
    accountId: account === 'match' ? 'work' : account === 'other' ? 'home' : account,
    guildId: guild === undefined ? undefined : guild === 'match' ? '1' : '2',
    teamId: team === undefined ? undefined : team === 'match' ? 't' : 'u',
    roles: roles === undefined ? undefined : [roles === 'match' ? 'r' : 'q'],
    peer: peer === undefined ? undefined : present({ kind: 'channel', id }),
  });
}

/** The tier by the rule; undefined where the binding does not speak of the event. */
function tierOf({ account, guild, team, roles, peer }: Shape): number | undefined {
  const fields = [guild, team, roles];
  // Without an account a binding speaks of the default one, which this event is not on.
  if (account === undefined || account === 'other' || fields.includes('other')) return undefined;
  if (peer === 'other' || peer === 'broken') return undefined;
  if (peer !== undefined) return ['match', 'parent', '*'].indexOf(peer);
  if (roles !== undefined) return 3;
  if (guild !== undefined) return 4;
  if (team !== undefined) return 5;
  return account === 'match' ? 6 : 7;
}

const VALUES = [undefined, 'match', 'other'] as const;
const PEERS = [undefined, 'match', 'parent', '*', 'other', 'broken'] as const;

function shapes(most: number): readonly Shape[] {
  const accounts = ['match', '*', undefined, 'other'] as const;
  return [...product(accounts, VALUES, VALUES, VALUES, PEERS)]
    .map(([account, guild, team, roles, peer]) => ({ account, guild, team, roles, peer }))
    .filter(({ guild, team, roles, peer }) => {
      return [guild, team, roles, peer].filter((each) => each !== undefined).length <= most;
    });
}

/** One shape for every tier, and one that does not match. */
const REPRESENTATIVES: readonly Shape[] = (() => {
  const all = shapes(1);
  const first = TIERS.slice(0, 8).flatMap((_, tier) =>
    all.filter((shape) => tierOf(shape) === tier).slice(0, 1),
  );
  return [...first, ...all.filter((shape) => tierOf(shape) === undefined).slice(0, 1)];
})();

interface Binding {
  readonly shape: Shape;
  readonly agent: string;
}

/** The place of the winner by the rule: the lowest tier, the first inside it. */
function winner(bindings: readonly Binding[]): number | undefined {
  let best: number | undefined;
  bindings.forEach(({ shape }, index) => {
    const tier = tierOf(shape);
    if (tier === undefined) return;
    const known = best === undefined ? undefined : bindings[best];
    if (known === undefined || tier < (tierOf(known.shape) ?? 9)) best = index;
  });
  return best;
}

function expectRoute(run: Run, bindings: readonly Binding[]): void {
  const config = {
    agents: { entries: ENTRIES },
    bindings: bindings.map(({ shape, agent }) => ({ agentId: agent, match: matchOf(shape) })),
  };
  const decision = decide('route.agent', config, EVENT);
  const index = winner(bindings);
  const chosen = index === undefined ? undefined : bindings[index];
  const agent = chosen?.agent ?? 'one';
  const tier = chosen === undefined ? 8 : (tierOf(chosen.shape) ?? 8);
  const fine = AGENTS.has(agent)
    ? decision.effect === 'allow' && decision.value === agent && decision.code === TIERS[tier]
    : decision.effect === 'deny' && decision.code === 'route.agent.unknown';
  run.expect(fine, 'another binding decides', config, decision);
}

function check(run: Run): void {
  for (const shape of shapes(4)) {
    for (const agent of ['two', 'gone']) expectRoute(run, [{ shape, agent }]);
  }
  const pairs = shapes(run.long ? 4 : 2);
  for (const [first, second, agent] of product(pairs, pairs, ['two', 'gone'])) {
    // Both orders of every pair are in the product, so each permutation is judged.
    expectRoute(run, [
      { shape: first, agent },
      { shape: second, agent: 'three' },
    ]);
  }
  for (const [first, second, third] of product(REPRESENTATIVES, REPRESENTATIVES, REPRESENTATIVES)) {
    expectRoute(run, [
      { shape: first, agent: 'gone' },
      { shape: second, agent: 'two' },
      { shape: third, agent: 'three' },
    ]);
  }
}

/** The most specific binding decides. */
export const routing: Claim = {
  id: 'S5',
  sentence: 'the first binding of the most specific tier decides, and an unknown agent is no agent',
  bounds:
    'every single binding of 4 x 3 x 3 x 3 x 6 shapes, all ordered pairs of those with at most two conditions, triples of one shape a tier. Long: pairs of all shapes',
  check,
};
