/**
 * Facts that give somebody a right, and settings that are a choice of words, each with a question
 * that depends on it.
 *
 * @module
 */

/** One decision by name. */
export interface Question {
  readonly op: string;
  readonly config: unknown;
  readonly input: unknown;
}

/** A right: asked with the fact, without it, and as somebody who never had it. */
export interface Authority {
  readonly name: string;
  readonly granted: Question;
  readonly revoked: Question;
  readonly never: Question;
}

const direct = { channel: 'telegram', kind: 'direct', sender: { id: '11' } };
const room = { channel: 'telegram', kind: 'group', peerId: 'g', sender: { id: '11' } };
const mention = { facts: { nativeMention: true } };
const telegram = (settings: object, rest: object = {}) => ({
  channels: { telegram: settings },
  ...rest,
});

function question(op: string, config: unknown, input: unknown): Question {
  return { op, config, input };
}

/** A right that a setting gives. `make(false)` is without it, `stranger` never had it. */
function bySetting(
  name: string,
  op: string,
  make: (has: boolean) => unknown,
  input: object,
  stranger: object,
): Authority {
  return {
    name,
    granted: question(op, make(true), input),
    revoked: question(op, make(false), input),
    never: question(op, make(true), { ...input, ...stranger }),
  };
}

const ingress = 'ingress.decide';
const other = { sender: { id: '99' } };
const tool = { agentId: 'main', tool: 'read' };
const device = (store: object, id: string) => ({
  surface: 'ws',
  local: false,
  auth: 'shared',
  device: { id, signature: 'valid', nonce: 'fresh' },
  store,
  requested: { role: 'operator', scopes: [] },
});
const known = { d1: { role: 'operator', scopes: [] } };
const approver = { do: 'resolve', now: 1, id: 'r', decision: 'allow-once' };
const request = {
  do: 'request',
  now: 0,
  id: 'r',
  request: {
    host: 'gateway',
    nodeId: null,
    argv: [['ls']],
    rawCommand: 'ls',
    cwd: '/w',
    env: {},
    exec: [{ realPath: '/usr/bin/ls', sha256: 'ab'.repeat(32) }],
    script: null,
    agentId: 'main',
    sessionKey: 's',
  },
};
const asked = (id: string) => ({
  steps: [request, { ...approver, actor: { kind: 'peer', channel: 'telegram', id } }],
});

/** Every kind of right. */
export const AUTHORITIES: readonly Authority[] = [
  bySetting(
    'direct entry',
    ingress,
    (has) => telegram({ dmPolicy: 'allowlist', allowFrom: has ? ['11', '12'] : ['12'] }),
    direct,
    other,
  ),
  bySetting(
    'room entry',
    ingress,
    (has) => telegram({ groups: { g: { allowFrom: has ? ['11'] : [] } } }),
    { ...room, ...mention },
    other,
  ),
  bySetting(
    'room',
    ingress,
    (has) => telegram({ groups: { allowlist: has ? ['g'] : [] } }),
    { ...room, ...mention },
    { peerId: 'h' },
  ),
  bySetting(
    'owner entry',
    ingress,
    (has) =>
      telegram(
        { groups: { g: {} } },
        { commands: { ownerAllowFrom: has ? ['telegram:11'] : ['telegram:12'] } },
      ),
    { ...room, command: 'config' },
    other,
  ),
  bySetting(
    'tool',
    'tool.decide',
    (has) => ({ tools: { profile: 'full', allow: has ? ['read', 'ls'] : ['ls'] } }),
    tool,
    { tool: 'write' },
  ),
  bySetting(
    'origin',
    'gateway.request.origin',
    (has) => ({ gateway: { controlUi: { allowedOrigins: has ? ['https://p.test'] : [] } } }),
    { origin: 'https://p.test', host: 'x', local: false },
    { origin: 'https://q.test' },
  ),
  bySetting(
    'approver',
    'approval.run',
    (has) => ({ execApprovals: { approvers: has ? ['telegram:11'] : [] } }),
    asked('11'),
    asked('99'),
  ),
  {
    name: 'paired sender',
    granted: question(ingress, telegram({ dmPolicy: 'pairing' }), {
      ...direct,
      state: { paired: ['11'] },
    }),
    revoked: question(ingress, telegram({ dmPolicy: 'pairing' }), {
      ...direct,
      state: { paired: [] },
    }),
    never: question(ingress, telegram({ dmPolicy: 'pairing' }), { ...direct, ...other }),
  },
  {
    name: 'device',
    granted: question('gateway.request.device', {}, device(known, 'd1')),
    revoked: question('gateway.request.device', {}, device({}, 'd1')),
    never: question('gateway.request.device', {}, device(known, 'd2')),
  },
  {
    name: 'allow list of commands',
    granted: command({ agents: { main: { allowlist: [{ pattern: 'rg' }] } } }, 'rg x'),
    revoked: command({ agents: { main: { allowlist: [] } } }, 'rg x'),
    never: command({ agents: { main: { allowlist: [{ pattern: 'rg' }] } } }, 'git x'),
  },
];

function command(hostApprovals: unknown, text: string): Question {
  const which = { rg: { path: '/usr/bin/rg' }, git: { path: '/usr/bin/git' } };
  const config = { tools: { exec: { security: 'allowlist', ask: 'off' } } };
  return question('exec.decide', config, { command: text, which, hostApprovals });
}

/** A setting with a closed list of values, and a question that reads it. */
export interface Choice {
  readonly path: string;
  readonly values: readonly string[];
  readonly question: (value: unknown) => Question;
}

const choice = (path: string, values: string, ask: (value: unknown) => Question): Choice => ({
  path,
  values: values.split(' '),
  question: ask,
});
const DM = 'pairing allowlist open disabled';
const ROOMS = 'open allowlist disabled';
const SECURITY = 'deny allowlist full';
const ASK = 'off on-miss always';
const DM_SCOPE = 'main per-peer per-channel-peer per-account-channel-peer';
const event = { ...room, ...mention };
const run = (exec: object, input: object = {}) =>
  question(
    'exec.decide',
    { tools: { exec: { security: 'full', ask: 'off', ...exec } } },
    { command: 'pwd', ...input },
  );
const start = (gateway: object) =>
  question(
    'gateway.start',
    { gateway: { auth: { token: 'k3yM4terial-that-nobody-published-0123' }, ...gateway } },
    { facts: {} },
  );
const self = { agentId: 'main', key: 'a' };

/** Every setting whose values are a closed list of words. */
export const CHOICES: readonly Choice[] = [
  choice('dmPolicy', DM, (dmPolicy) =>
    question(ingress, telegram({ dmPolicy, allowFrom: ['11', '*'] }), direct),
  ),
  choice('account dmPolicy', DM, (dmPolicy) =>
    question(ingress, telegram({ allowFrom: ['*'], accounts: { work: { dmPolicy } } }), {
      ...direct,
      accountId: 'work',
    }),
  ),
  choice('direct.*.dmPolicy', DM, (dmPolicy) =>
    question(ingress, telegram({ allowFrom: ['*'], direct: { '*': { dmPolicy } } }), direct),
  ),
  choice('groupPolicy', ROOMS, (groupPolicy) =>
    question(ingress, telegram({ groupPolicy, groups: { g: { allowFrom: ['*'] } } }), event),
  ),
  choice('group groupPolicy', ROOMS, (groupPolicy) =>
    question(ingress, telegram({ groups: { g: { groupPolicy, allowFrom: ['*'] } } }), event),
  ),
  choice('defaults groupPolicy', ROOMS, (groupPolicy) =>
    question(
      ingress,
      {
        channels: { telegram: { groups: { g: { allowFrom: ['*'] } } }, defaults: { groupPolicy } },
      },
      event,
    ),
  ),
  choice('dmScope', DM_SCOPE, (dmScope) =>
    question('session.key', { session: { dmScope } }, { agentId: 'main', ...direct }),
  ),
  choice('groupScope', 'per-group main', (groupScope) =>
    question('session.key', { session: { groupScope } }, { agentId: 'main', ...room }),
  ),
  choice('sessions.visibility', 'self tree agent all', (visibility) =>
    question('session.visible', { tools: { sessions: { visibility } } }, { self, target: self }),
  ),
  choice('contextVisibility', 'all allowlist allowlist_quote', (contextVisibility) =>
    question('context.decide', telegram({ contextVisibility, allowFrom: ['11'] }), {
      ...direct,
      item: { kind: 'quote', sender: { id: '11' } },
      state: {},
    }),
  ),
  choice('tools.profile', 'minimal messaging coding standard full', (profile) =>
    question('tool.decide', { tools: { profile } }, { agentId: 'main', tool: 'message' }),
  ),
  choice('exec.security', SECURITY, (security) => run({ security })),
  choice('exec.ask', ASK, (ask) => run({ ask })),
  choice('exec.mode', 'deny allowlist ask auto full', (mode) => run({ mode })),
  choice('exec.askFallback', SECURITY, (askFallback) =>
    run({ ask: 'always', askFallback }, { approver: 'none' }),
  ),
  choice('exec.host', 'auto gateway sandbox node', (host) => run({ host })),
  choice('bind', 'loopback lan tailnet custom auto', (bind) => start({ bind })),
  choice('auth.mode', 'none token password trusted-proxy', (mode) =>
    start({ auth: { mode, token: 'k3yM4terial-that-nobody-published-0123' } }),
  ),
  choice('tailscale.mode', 'off serve funnel', (mode) => start({ tailscale: { mode } })),
  choice('flow.mode', 'enforce warn off', (mode) =>
    question(
      'flow.decide',
      { flow: { mode } },
      {
        label: { u: 0, P: [] },
        requester: 'owner',
        owners: ['t:1'],
        conversations: {},
        sink: { kind: 'exec', command: 'ls' },
      },
    ),
  ),
];

/** Almost every legal value, and values of other kinds. */
export function spellings(values: readonly string[]): readonly unknown[] {
  const misspelt = values.flatMap((value) => [
    value.toUpperCase(),
    ` ${value}`,
    `${value.charAt(0).toUpperCase()}${value.slice(1)}`,
    value.slice(0, -1),
  ]);
  const others = ['', ' ', 'x', 0, 1, null, true, [...values], {}];
  return [...misspelt.filter((each) => !values.includes(each)), ...others];
}
