/**
 * The claim about ids that every object has as a property: they are ids like any other.
 *
 * @module
 */
import { emptyPairing } from '../../../src/pairing/state.ts';
import { pairingTransition } from '../../../src/pairing/transition.ts';
import { decide } from '../../../src/ops.ts';
import type { Claim, Run } from '../explorer.ts';
import { drawOf, operator } from '../pairing-world.ts';

/** Each name and one of the same shape that nothing has. */
const NAMES: readonly (readonly [string, string])[] = [
  ['__proto__', '__freshs__'],
  ['constructor', 'constructon'],
  ['toString', 'freshName'],
  ['hasOwnProperty', 'freshPropertyName'],
  ['valueOf', 'freshOf'],
];

/** An object with one own key, whatever the key is called. */
const one = (key: string, value: unknown): unknown => Object.fromEntries([[key, value]]);

const open = { groupPolicy: 'open', requireMention: false };
const a = { id: '@a:x.test' };

const matrix = (settings: object) => ({ channels: { matrix: settings } });
const list = (entries: readonly string[], rest: object) => ({
  channels: { discord: { dmPolicy: 'allowlist', allowFrom: entries } },
  ...rest,
});

/** Every position of an id in a question about admission; `own` puts the id into the config too. */
function ingressQuestions(id: string, own: boolean): readonly (readonly [unknown, unknown])[] {
  const map = own ? one(id, {}) : { other: {} };
  const room = { channel: 'matrix', kind: 'group', peerId: id, sender: a };
  const discord = (guilds: unknown) => ({ channels: { discord: { ...open, guilds } } });
  const member = { id: '100001' };
  const guild = { channel: 'discord', kind: 'channel', sender: member };
  const direct = { channel: 'discord', kind: 'direct', sender: member, state: { audience: {} } };
  const audience = { type: 'discord.channelAudience' };
  return [
    [matrix({ ...open, groups: map }), room],
    [matrix({ ...open, groups: { allowlist: own ? [id] : ['other'] } }), room],
    [matrix({ ...open, groups: { g: { topics: map } } }), { ...room, peerId: 'g', topicId: id }],
    [
      matrix({ dmPolicy: 'open', allowFrom: ['*'], accounts: own ? {} : { other: {} } }),
      { ...room, kind: 'direct', accountId: id },
    ],
    [
      matrix({ dmPolicy: 'allowlist', allowFrom: own ? [id] : ['x'] }),
      { ...room, kind: 'direct', sender: { id } },
    ],
    [
      matrix({ dmPolicy: 'allowlist' }),
      { ...room, kind: 'direct', sender: { id }, state: { paired: [] } },
    ],
    [
      { channels: own ? one(id, { ...open, groups: { g: {} } }) : {} },
      { ...room, channel: id, peerId: 'g' },
    ],
    [discord(own ? one(id, {}) : { other: {} }), { ...guild, guildId: id, peerId: '7' }],
    [discord({ '1': { channels: map } }), { ...guild, guildId: '1', peerId: id }],
    [discord({ '1': { channels: map } }), { ...guild, guildId: '1', peerId: '7', parentId: id }],
    [
      { channels: { slack: { channels: map } } },
      { ...room, channel: 'slack', sender: { id: 'U0001' } },
    ],
    [
      list([`accessGroup:${id}`], { accessGroups: own ? one(id, audience) : { other: audience } }),
      direct,
    ],
    [matrix({ ...open, groups: { '*': {} } }), { ...room, peerId: 'g', command: id }],
  ];
}

function otherQuestions(
  id: string,
  own: boolean,
): readonly (readonly [string, unknown, unknown])[] {
  const agents = {
    agents: { entries: own ? one(id, {}) : { other: {}, main: { default: true } } },
  };
  const scope = { agentId: 'main', tool: 'read', requesterIsOwner: true };
  const tools = { tools: { profile: 'coding' } };
  const bindings = [{ agentId: id, match: { channel: 'matrix', accountId: '*' } }];
  const direct = { channel: 'matrix', kind: 'direct', sender: a };
  const seen = { agentId: 'main', key: 'agent:main:main' };
  return [
    ['tool.decide', { tools: { profile: 'full', allow: ['*', id] } }, { ...scope, tool: id }],
    ['tool.decide', { tools: { profile: 'full', allow: [id] } }, scope],
    ['tool.decide', tools, { ...scope, agentId: id }],
    [
      'tool.decide',
      { tools: { ...tools.tools, toolsBySender: own ? one(id, { deny: ['read'] }) : {} } },
      { ...scope, channel: 'matrix', sender: { id } },
    ],
    [
      'tool.decide',
      { tools: { ...tools.tools, byProvider: own ? one(id, { deny: ['read'] }) : {} } },
      { ...scope, provider: id },
    ],
    ['route.agent', { ...agents, bindings }, direct],
    [
      'session.visible',
      { tools: { sessions: { visibility: 'all' } } },
      { self: seen, target: { agentId: id, key: 'x' } },
    ],
    [
      'exec.decide',
      { tools: { exec: { security: 'full', ask: 'off' } } },
      { command: id, agentId: id },
    ],
    [
      'exec.decide',
      { tools: { exec: { security: 'allowlist', ask: 'off' } } },
      { command: id, which: {} },
    ],
    [
      'flow.decide',
      {},
      {
        label: { u: 0, P: [`conv:${id}`] },
        requester: 'owner',
        owners: ['m:1'],
        conversations: {},
        sink: { kind: 'message', to: ['m:2'] },
      },
    ],
    [
      'gateway.request.device',
      {},
      {
        surface: 'ws',
        local: false,
        auth: 'shared',
        device: { id, signature: 'valid', nonce: 'fresh' },
        store: {},
        requested: { role: 'operator', scopes: [] },
      },
    ],
    [id, {}, {}],
  ];
}

function pairingCodes(id: string): readonly string[] {
  const facts = { now: 0, draw: [drawOf(0)] };
  const start = emptyPairing('matrix');
  const actor = { ...operator, id };
  const request = pairingTransition(start, { op: 'request', sender: '@a', accountId: id }, facts);
  const approve = pairingTransition(start, { op: 'approve', code: 'AAAAAAAA', actor }, facts);
  const revoke = pairingTransition(
    start,
    { op: 'revoke', sender: id, actor, accountId: id },
    facts,
  );
  return [request, approve, revoke].map(({ decision }) => decision.code);
}

function answers(id: string, own: boolean): readonly string[] {
  const admissions = ingressQuestions(id, own).map(([config, input]) =>
    decide('ingress.decide', config, input),
  );
  const others = otherQuestions(id, own).map(([op, config, input]) => decide(op, config, input));
  return [
    ...[...admissions, ...others].map(({ effect, code }) => `${effect} ${code}`),
    ...pairingCodes(id),
  ];
}

function check(run: Run): void {
  for (const [name, fresh] of NAMES) {
    for (const own of [false, true]) {
      const expected = answers(fresh, own);
      answers(name, own).forEach((answer, position) => {
        const equal = answer === expected[position];
        run.expect(
          equal,
          'a name of the language is special',
          name,
          own,
          position,
          answer,
          expected[position],
        );
      });
    }
  }
}

/** Ids that are properties of every object. */
export const inheritedNames: Claim = {
  id: 'I9',
  sentence: 'ids such as __proto__ and constructor decide like any other id',
  bounds: '5 names at 28 positions of ids, with and without an own key of that name',
  check,
};
