/**
 * Claims about sessions: two conversations share one only where the config says so.
 *
 * @module
 */
import { decide } from '../../../src/ops.ts';
import { type Claim, type Run, present, product } from '../explorer.ts';
import { DM_SCOPES, conversations, directWith, ids, keyOf } from '../session-domain.ts';
import { routing } from './sessions-routing.ts';

const ISOLATING = DM_SCOPES.slice(1);

function checkInjective(run: Run): void {
  for (const dmScope of ISOLATING) {
    const config = { session: { dmScope } };
    const seen = new Map<string, string>();
    for (const { input, identity } of conversations(run.long ? 4 : 3)) {
      const { value } = keyOf(config, input);
      const who = JSON.stringify(identity(dmScope));
      const known = seen.get(String(value));
      const fine = typeof value === 'string' && (known === undefined || known === who);
      run.expect(fine, 'two conversations have one key', dmScope, value, known, who);
      seen.set(String(value), who);
    }
  }
}

const LINKED: Readonly<Record<string, readonly string[]>> = {
  alice: ['matrix:a', 'irc:A', 'sms:a', 'a'],
  'a b': ['matrix:~a', '+15550000001', 'direct', 'topic'],
};

/** The link an entry gives a person, by the rule: a channel prefix, or a telephone number. */
function linkOf(channel: string, id: string): string | undefined {
  return Object.keys(LINKED).find((name) =>
    LINKED[name]?.some((entry) => {
      if (entry.startsWith('+')) return channel !== 'matrix' && channel !== 'irc' && entry === id;
      return entry === `${channel}:${id}`;
    }),
  );
}

function checkLinks(run: Run): void {
  const people = [
    ...ids(run.long ? 4 : 3),
    'alice',
    '~alice',
    'a b',
    '~a b',
    '~a%20b',
    '+15550000001',
  ];
  for (const [dmScope, channel, id] of product(ISOLATING, ['matrix', 'irc', 'sms'], people)) {
    const config = { session: { dmScope, identityLinks: LINKED } };
    const { input } = directWith(channel, 'default', id);
    const key = String(keyOf(config, input).value);
    const last = key.slice(key.lastIndexOf(':') + 1);
    const name = linkOf(channel, id);
    const expected = name === undefined ? undefined : `~${name.replaceAll(' ', '%20')}`;
    const fine = last.startsWith('~') ? last === expected : expected === undefined;
    run.expect(fine, 'a stranger is in a link, or a linked person is not', config, input, key);
  }
}

const ILLEGAL = ['Main', 'MAIN', 'Per-Peer', '', ' main', 'peer', null, 0, true, []] as const;
const NORMAL = { agentId: 'main', channel: 'matrix', kind: 'direct', sender: { id: 'a' } };

function checkScopes(run: Run): void {
  const values = [undefined, ...DM_SCOPES, ...ILLEGAL];
  for (const [ofConfig, ofBinding] of product(values, values)) {
    const session = present({ dmScope: ofConfig });
    const binding = { session: present({ dmScope: ofBinding }) };
    const decision = keyOf({ session }, { ...NORMAL, binding });
    const effective = ofBinding === undefined ? ofConfig : ofBinding;
    const legal = effective === undefined || DM_SCOPES.some((each) => each === effective);
    const main = effective === undefined || effective === 'main';
    const trace = [ofConfig, ofBinding, decision] as const;
    run.expect(legal || decision.code === 'config.invalid', 'an illegal scope is read', ...trace);
    run.expect(decision.code !== 'session.main' || main, 'the main session by mistake', ...trace);
  }
  const roomValues = [undefined, 'per-group', 'main', ...ILLEGAL];
  for (const [ofConfig, ofBinding] of product(roomValues, roomValues)) {
    const session = present({ groupScope: ofConfig });
    const binding = { session: present({ groupScope: ofBinding }) };
    const room = { ...NORMAL, kind: 'group', peerId: 'g', binding };
    const decision = keyOf({ session }, room);
    const effective = ofBinding === undefined ? ofConfig : ofBinding;
    const code =
      effective === undefined || effective === 'per-group'
        ? 'session.group'
        : effective === 'main'
          ? 'session.main'
          : 'config.invalid';
    run.expect(decision.code === code, 'a scope of rooms is misread', session, room, decision);
  }
}

function checkMissing(run: Run): void {
  const missing = [undefined, '', ' ', null, '@name', '-5', 1.5, [], {}, true];
  const networks = ['telegram', 'whatsapp', 'signal', 'discord', 'slack'];
  for (const [dmScope, channel, id] of product(ISOLATING, networks, missing)) {
    const input = { agentId: 'main', channel, kind: 'direct', sender: present({ id }) };
    const { effect, code } = keyOf({ session: { dmScope } }, input);
    const fine = effect === 'deny' && code === 'session.peer.missing';
    run.expect(fine, 'a sender without an id has a session', dmScope, input, code);
  }
  for (const [kind, peerId] of product(
    ['group', 'channel', 'groupdm'],
    [undefined, '', ' ', null, 7],
  )) {
    const input = { agentId: 'main', channel: 'matrix', kind, peerId, sender: { id: 'a' } };
    const { code } = keyOf({}, input);
    run.expect(code === 'session.peer.missing', 'a room without an id has a session', input, code);
  }
}

const VISIBILITIES = ['self', 'tree', 'agent', 'all'] as const;
const RELATIONS = ['self', 'child', 'sibling', 'other'] as const;
const ME = 'agent:one:main';

function targetOf(relation: (typeof RELATIONS)[number]): unknown {
  if (relation === 'self') return { agentId: 'one', key: ME };
  if (relation === 'child') return { agentId: 'one', key: 'agent:one:subagent:x', ancestors: [ME] };
  return { agentId: relation === 'other' ? 'two' : 'one', key: 'agent:two:main', ancestors: [] };
}

function checkVisible(run: Run): void {
  const agentToAgent = [
    undefined,
    { enabled: false, allow: ['one', 'two'] },
    { enabled: true, allow: ['one', 'two'] },
    { enabled: true, allow: ['one'] },
    { enabled: true, allow: ['two'] },
    { enabled: true },
  ];
  for (const [relation, sandboxed, a2a] of product(RELATIONS, [false, true], agentToAgent)) {
    const sees = (visibility: string) => {
      const tools = present({ sessions: { visibility }, agentToAgent: a2a });
      const self = { agentId: 'one', key: ME, sandboxed };
      return decide('session.visible', { tools }, { self, target: targetOf(relation) });
    };
    const wide = VISIBILITIES.map((visibility) => sees(visibility).effect === 'allow');
    const trace = [relation, sandboxed, a2a, wide] as const;
    const monotone = wide.every((each, index) => !each || wide.slice(index).every(Boolean));
    run.expect(monotone, 'a wider setting shows less', ...trace);
    run.expect(wide[0] === (relation === 'self'), 'self shows something else', ...trace);
    const far = relation === 'sibling' || relation === 'other';
    run.expect(
      !(sandboxed && far && wide.includes(true)),
      'the sandbox sees beyond its tree',
      ...trace,
    );
    const both = a2a?.enabled === true && a2a.allow?.includes('one') && a2a.allow.includes('two');
    const crosses = relation === 'other' && wide.includes(true);
    run.expect(!crosses || both === true, 'another agent without both being listed', ...trace);
    run.expect(sees('All').code === 'config.invalid', 'an illegal visibility is read', ...trace);
  }
}

/** What is proved about sessions and routing. */
export const claims: readonly Claim[] = [
  {
    id: 'S1',
    sentence: 'two conversations never share a key unless the scope merges them',
    bounds:
      'ids of up to 3 symbols of a A : % ~ / 3A direct topic, on 3 networks and 2 accounts, rooms, topics, threads, jobs, hooks, sub-agents; 3 scopes. Long: 4 symbols',
    check: checkInjective,
  },
  {
    id: 'S2',
    sentence: 'only an entry of a link puts its person into the linked session',
    bounds: 'two links of four entries, all ids of S1 on 3 networks, 3 scopes. Long: 4 symbols',
    check: checkLinks,
  },
  {
    id: 'S3',
    sentence: 'an illegal scope is refused, and the main session is never a fallback',
    bounds: '15 x 15 values of config and binding for people, 13 x 13 for rooms',
    check: checkScopes,
  },
  {
    id: 'S4',
    sentence: 'a sender or room without an id has no session',
    bounds: '3 scopes, 5 networks, 10 broken ids; 3 kinds of room, 5 broken ids',
    check: checkMissing,
  },
  routing,
  {
    id: 'S6',
    sentence: 'session tools show more only by a wider setting, and never beyond the sandbox',
    bounds: '5 visibilities, 4 relations, sandboxed or not, 6 settings between agents',
    check: checkVisible,
  },
];
