/**
 * A compiled policy keeps what it worked out. Here it answers many questions in many orders, and
 * each answer must be the one a fresh decision gives.
 *
 * @module
 */
import { decide } from '../../../src/ops.ts';
import { compilePolicy } from '../../../src/policy.ts';
import { compileToolPolicy } from '../../../src/tools/tool-policy.ts';
import { type Run, canonical, present, product } from '../explorer.ts';
import { CONFIGS, EVENTS } from '../ingress-samples.ts';

/** Tools that depend on everything there is: agent, room, sender, model, sandbox, parent, plugins. */
const TOOLS_CONFIG = {
  tools: {
    profile: 'coding',
    exec: { security: 'full' },
    deny: ['edit'],
    byProvider: { acme: { deny: ['exec'] } },
    toolsBySender: { 'id:11': { deny: ['write'] } },
    sandbox: { tools: { deny: ['read'] } },
    subagents: { tools: { deny: ['ls'] } },
  },
  agents: {
    entries: { main: { default: true }, other: { tools: { profile: 'full', deny: ['read'] } } },
  },
  channels: {
    telegram: {
      dmPolicy: 'open',
      allowFrom: ['*'],
      groups: {
        g: { tools: { deny: ['exec'] }, toolsBySender: { 'id:22': { allow: ['read'] } } },
        h: { tools: { allow: ['read', 'go'] } },
        '*': { toolsBySender: { 'id:11': { deny: ['ls'] } } },
      },
      direct: { '11': { tools: { deny: ['read'] } } },
      accounts: { work: { groups: { g: { tools: { allow: ['write'] } } } } },
    },
  },
};

const PLUGINS = [
  undefined,
  [{ name: 'go', pluginId: 'acme' }],
  [{ name: 'go', pluginId: 'other' }],
];

function toolQuestions(): readonly Readonly<Record<string, unknown>>[] {
  const places = [
    {},
    { channel: 'telegram', kind: 'group', peerId: 'g' },
    { channel: 'telegram', kind: 'group', peerId: 'h' },
    { channel: 'telegram', kind: 'group', peerId: 'i' },
    { channel: 'telegram', accountId: 'work', kind: 'group', peerId: 'g' },
    { channel: 'telegram', kind: 'direct' },
  ];
  const sessions = [
    {},
    { sandboxed: true },
    { provider: 'acme' },
    { subagent: { depth: 1, parentTools: ['read', 'exec'] } },
    { subagent: { depth: 1, parentTools: ['write', 'ls'] } },
  ];
  const rows = product(['main', 'other'], places, ['11', '22', undefined], sessions, PLUGINS, [
    false,
    true,
  ]);
  return [...rows].map(([agentId, place, id, session, registered, requesterIsOwner]) =>
    present({
      agentId,
      ...place,
      ...session,
      registered,
      requesterIsOwner,
      sender: present({ id }),
    }),
  );
}

/** Every order in which a wrong memory would show: there, back, and jumping. */
function ordersOf(count: number): readonly (readonly number[])[] {
  const there = Array.from({ length: count }, (_, index) => index);
  // A stride without a common divisor visits every question once.
  const jumping = (stride: number) => there.map((index) => (index * stride) % count);
  const strides = [7, 11, 13, 17, 19, 23].filter((each) => count % each !== 0).slice(0, 2);
  return [there, there.toReversed(), ...strides.map(jumping)];
}

function expectNoMemory(
  run: Run,
  questions: readonly unknown[],
  fresh: (question: unknown) => unknown,
  begin: () => (question: unknown) => unknown,
): void {
  const answers = questions.map((question) => canonical(fresh(question)));
  for (const order of ordersOf(questions.length)) {
    const ask = begin();
    for (const index of order) {
      const answer = canonical(ask(questions[index]));
      const same = answer === answers[index];
      run.expect(same, 'an answer was remembered', questions[index], answer, answers[index]);
    }
  }
}

/** Compares compiled policies with fresh decisions. */
export function checkMemory(run: Run): void {
  for (const config of [...CONFIGS, TOOLS_CONFIG]) {
    const ask = () => {
      const policy = compilePolicy(config);
      return (event: unknown) => policy.ingress(event as never);
    };
    expectNoMemory(run, EVENTS, (event) => decide('ingress.decide', config, event), ask);
  }
  const names = ['read', 'exec', 'write', 'ls', 'go', 'browser'];
  const scopes = toolQuestions();
  const calls = scopes.flatMap((scope) => names.map((tool) => ({ ...scope, tool })));
  expectNoMemory(
    run,
    calls,
    (call) => decide('tool.decide', TOOLS_CONFIG, call),
    () => {
      const policy = compileToolPolicy(TOOLS_CONFIG);
      return (call) => policy.tool(call as never);
    },
  );
  expectNoMemory(
    run,
    scopes,
    (scope) => decide('tool.list', TOOLS_CONFIG, scope),
    () => {
      const policy = compileToolPolicy(TOOLS_CONFIG);
      return (scope) => policy.tools(scope as never);
    },
  );
}
