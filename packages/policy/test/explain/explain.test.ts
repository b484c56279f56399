// Why a decision fell, and that what is suggested really leads elsewhere.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decide } from '../../src/ops.ts';
import {
  type Explanation,
  type Question,
  applyEdit,
  explain,
  followPath,
} from '../../src/explain/index.ts';
import { SENDERS, worldConfig } from './world.ts';

const CONFIG = {
  commands: { ownerAllowFrom: ['telegram:1'] },
  tools: { profile: 'messaging', deny: ['group:runtime'], exec: { security: 'deny' } },
  channels: {
    telegram: { dmPolicy: 'allowlist', allowFrom: ['1', 'tg:2'], groups: { '-5': {} } },
    whatsapp: { dmPolicy: 'pairing' },
  },
};

/** Gates with their outcome, in order. */
const gates = ({ steps }: Explanation) => steps.map(({ gate, outcome }) => `${gate}: ${outcome}`);

const remedies = (explanation: Explanation) =>
  explanation.remedies.map(({ edits, result }) => [
    ...edits.map((edit) => [
      edit.do,
      edit.path.join('/'),
      'value' in edit ? edit.value : undefined,
    ]),
    `${result.effect} ${result.code}`,
  ]);

test('a stranger in a direct message', () => {
  const explanation = explain(CONFIG, { channel: 'telegram', sender: '7' });
  expect(explanation.decision).toMatchObject({
    effect: 'deny',
    code: 'dm.allowlist.not_allowlisted',
    path: 'channels.telegram.allowFrom',
  });
  expect(gates(explanation)).toEqual([
    'channel: passed',
    'account: passed',
    'own echo: passed',
    'duplicate: passed',
    'bot author: passed',
    'access: refused',
    'command: not reached',
    'bot loop: not reached',
  ]);
  expect(remedies(explanation)).toEqual([
    [['add', 'channels/telegram/allowFrom', '7'], 'allow dm.allowlisted'],
  ]);
  expect(explanation).toMatchObject({ trust: 'external', isOwner: false, assumptions: [] });
});

test('an owner who is let in, and what would keep him out', () => {
  const explanation = explain(CONFIG, { channel: 'telegram', sender: 'tg:1' });
  expect(explanation.decision.code).toBe('dm.allowlisted');
  expect(explanation).toMatchObject({ agentId: 'main', trust: 'owner', isOwner: true });
  expect(remedies(explanation)).toEqual([
    [['remove', 'channels/telegram/allowFrom', '1'], 'deny dm.allowlist.not_allowlisted'],
    [['set', 'channels/telegram/dmPolicy', 'disabled'], 'deny dm.disabled'],
  ]);
});

test('a command that several settings refuse', () => {
  const exec = { command: 'ls -l', which: { ls: { path: '/usr/bin/ls' } } };
  const explanation = explain(CONFIG, { channel: 'telegram', sender: '2', exec });
  expect(explanation.decision.code).toBe('tool.deny.global');
  expect(gates(explanation).slice(8)).toEqual([
    'routing: allowed',
    'tool exists: passed',
    'owner only: passed',
    'deny lists: refused',
    'allow lists: not reached',
    'the call itself: not reached',
    'flow: not reached',
  ]);
  expect(remedies(explanation)).toEqual([
    [
      ['set', 'tools/deny', []],
      ['add', 'tools/alsoAllow', 'exec'],
      ['set', 'tools/exec/security', 'allowlist'],
      'ask exec.ask.always',
    ],
  ]);
});

describe('the area of a tool', () => {
  const open = { ...CONFIG, tools: { profile: 'full', exec: { security: 'full', ask: 'off' } } };
  const last = (question: Omit<Question, 'channel' | 'sender'>) => {
    const explanation = explain(open, { channel: 'telegram', sender: '1', ...question });
    return [explanation.decision.code, gates(explanation).at(-1), explanation.assumptions];
  };

  test('a command', () => {
    const seen = ['The session has seen nothing but this message.'];
    expect(last({ exec: { command: 'ls' } })).toEqual(['tool.allowed', 'flow: allowed', seen]);
    expect(last({ exec: { command: 'openclaw pairing approve telegram X' } })[0]).toBe(
      'exec.self_control',
    );
  });

  test('an address', () => {
    expect(last({ url: 'http://10.0.0.1/' })).toEqual([
      'net.ip.private',
      'the address: refused',
      [],
    ]);
    expect(last({ url: 'https://example.com/' })[2]).toEqual([
      'The name leads to public addresses only; nothing was looked up.',
    ]);
  });

  test('a file', () => {
    const file = {
      op: 'read',
      path: '/etc/hosts',
      home: '/home/u',
      workspace: '/home/u/w',
      stateDir: '/home/u/.openclaw',
      facts: { workspaceReal: '/home/u/w', real: '/etc/hosts', type: 'file', nlink: 1 },
    } as const;
    expect(last({ file })).toEqual(['fs.outside_workspace', 'the file: refused', []]);
  });
});

test('a message in a room is taken to address the agent unless it is said not to', () => {
  const room = { channel: 'telegram', sender: '1', group: '-5' };
  expect(explain(CONFIG, room)).toMatchObject({
    decision: { code: 'group.sender_allowlisted' },
    assumptions: ['The message addresses the agent.'],
  });
  const plain = explain(CONFIG, { ...room, addressed: false });
  expect(plain.decision.code).toBe('group.mention.required');
  expect(remedies(plain)[0]).toEqual([
    ['set', 'channels/telegram/groups/-5/requireMention', false],
    'allow group.sender_allowlisted',
  ]);
});

test('the pairing store and a command of the owner', () => {
  const stranger = { channel: 'whatsapp', sender: '+15550001111' };
  expect(explain(CONFIG, stranger).decision.effect).toBe('pair');
  const paired = { ...stranger, paired: ['15550001111@s.whatsapp.net'] };
  expect(explain(CONFIG, paired).decision.code).toBe('dm.paired');
  const refused = explain(CONFIG, { ...paired, command: 'config' });
  expect(refused.decision.code).toBe('command.owner_only');
  expect(remedies(refused)).toEqual([
    [['add', 'commands/ownerAllowFrom', 'whatsapp:+15550001111'], 'allow dm.paired'],
  ]);
});

test('a config that cannot be read refuses and still explains', () => {
  for (const config of [null, 7, { channels: 7 }, { channels: { telegram: { dmPolicy: 'x' } } }]) {
    const { decision, steps } = explain(config, { channel: 'telegram', sender: '1' });
    expect(decision).toMatchObject({ effect: 'deny', code: 'config.invalid' });
    expect(steps.at(-1)?.outcome).toBe('refused');
  }
});

test('the explained answer is the enforced one, and every remedy does what it says', () => {
  const question = fc.constantFrom(...Object.keys(SENDERS)).chain((channel) =>
    fc.record({
      channel: fc.constant(channel),
      sender: fc.constantFrom(...(SENDERS[channel] ?? [])),
    }),
  );
  fc.assert(
    fc.property(worldConfig, question, (config, asked) => {
      const { decision, remedies: ways } = explain(config, asked);
      const { channel, sender } = asked;
      const input = { channel, kind: 'direct', peerId: sender, sender: { id: sender } };
      const enforced = decide('ingress.decide', config, input);
      if (enforced.effect === 'allow') expect(['allow', 'deny']).toContain(decision.effect);
      else expect([decision.effect, decision.code]).toEqual([enforced.effect, enforced.code]);
      for (const { edits, result } of ways) {
        const changed = edits.reduce<unknown>(applyEdit, config);
        expect(explain(changed, asked).decision).toMatchObject(result);
        expect(result.effect).not.toBe(decision.effect);
      }
    }),
    { numRuns: 200 },
  );
});

test('paths are followed through ids that hold dots', () => {
  const config = { channels: { whatsapp: { groups: { '1@g.us': { tools: {} }, '1@g': {} } } } };
  expect(followPath(config, 'channels.whatsapp.groups.1@g.us.tools.deny')).toEqual({
    keys: ['channels', 'whatsapp', 'groups', '1@g.us', 'tools'],
    rest: 'deny',
  });
  expect(followPath({ bindings: [{ agentId: 'x' }] }, 'bindings.0.agentId')).toEqual({
    keys: ['bindings', '0', 'agentId'],
    rest: '',
  });
  expect(followPath(config, '<default>tools.profile')).toEqual({ keys: [], rest: 'tools.profile' });
  expect(followPath(config, 'constructor.name')).toEqual({ keys: [], rest: 'constructor.name' });
});

test('edits copy what they change, also below keys that objects inherit', () => {
  const config = Object.freeze({ channels: Object.freeze({}) });
  const edit = { do: 'set', path: ['channels', '__proto__', 'x'], value: 1 } as const;
  expect(JSON.stringify(applyEdit(config, edit))).toBe('{"channels":{"__proto__":{"x":1}}}');
  expect(applyEdit({ a: ['1', 2] }, { do: 'remove', path: ['a'], value: '2' })).toEqual({
    a: ['1'],
  });
  expect(applyEdit({ a: 1 }, { do: 'unset', path: ['a'] })).toEqual({});
  expect(applyEdit({ a: 1 }, { do: 'add', path: ['a'], value: 'x' })).toEqual({ a: 1 });
  expect(applyEdit({}, { do: 'add', path: ['a', 'b'], value: 'x' })).toEqual({ a: { b: ['x'] } });
});
