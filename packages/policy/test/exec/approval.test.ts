// Approvals: one answer, one run, exactly what was shown.
import { describe, expect, test } from 'vitest';
import {
  type ApprovalFlags,
  type ApprovalRequest,
  type ApprovalState,
  approvalTransition,
  decideExec,
  forgetApprovals,
  requestDigest,
} from '../../src/exec/index.ts';
import { compilePolicy } from '../../src/index.ts';

const MINUTE = 60_000;
const EMPTY: ApprovalState = { records: {}, durable: [] };
const operator = { kind: 'operator', scopes: ['operator.approvals'] } as const;
const cat: ApprovalRequest = {
  host: 'gateway',
  nodeId: null,
  argv: [['cat', 'a']],
  rawCommand: 'cat a',
  cwd: '/ws',
  env: {},
  exec: [{ realPath: '/usr/bin/cat', sha256: 'aa' }],
  script: null,
  agentId: 'main',
  sessionKey: 's',
};
const asked = (
  request: ApprovalRequest,
  flags: ApprovalFlags = {},
  fileOperands: readonly string[] = [],
) =>
  approvalTransition(EMPTY, { do: 'request', now: 0, id: 'r', request, flags, fileOperands }, {});
const offered = (...rest: Parameters<typeof asked>) => asked(...rest).state.records['r']?.offered;
const answered = (
  state: ApprovalState,
  decision: 'allow-once' | 'allow-always' | 'deny',
  now = 1,
) => approvalTransition(state, { do: 'resolve', now, id: 'r', actor: operator, decision }, {});
const used = (state: ApprovalState, request: ApprovalRequest, now = 2) =>
  approvalTransition(state, { do: 'consume', now, id: 'r', digest: requestDigest(request) }, {});

test('a request asks, and says what may be answered until when', () => {
  const { decision } = asked(cat);
  expect(decision.effect).toBe('ask');
  expect(decision.value).toEqual({
    id: 'r',
    digest: requestDigest(cat),
    offered: ['allow-once', 'allow-always', 'deny'],
    expiresAt: 30 * MINUTE,
  });
});

describe('the digest', () => {
  test.each([
    ['host', { host: 'node' }],
    ['node', { nodeId: 'n' }],
    ['words', { argv: [['cat', 'b']] }],
    ['how words are cut', { argv: [['cat a']] }],
    ['commands', { argv: [['cat'], ['a']] }],
    ['text', { rawCommand: 'cat  a' }],
    ['directory', { cwd: '/ws/x' }],
    ['variables', { env: { A: '1' } }],
    ['contents', { exec: [{ realPath: '/usr/bin/cat', sha256: 'ab' }] }],
    ['script', { script: { path: '/s', sha256: 'cc' } }],
    ['agent', { agentId: 'b' }],
    ['session', { sessionKey: 't' }],
  ])('P01.01, P01.06: covers the %s', (_name, changes) => {
    const approved = answered(asked(cat).state, 'allow-once').state;
    const tried = used(approved, { ...cat, ...changes });
    expect(tried.decision.code).toBe('exec.approval.mismatch');
    expect(used(tried.state, cat).decision.code).toBe('exec.approval.mismatch');
  });

  test('does not depend on the order of keys', () => {
    expect(requestDigest({ ...cat, env: { A: '1', B: '2' } })).toBe(
      requestDigest({ ...cat, env: { B: '2', A: '1' } }),
    );
  });
});

describe('time', () => {
  test('an answer counts for five minutes, a question for thirty', () => {
    const { state } = asked(cat);
    expect(answered(state, 'allow-once', 30 * MINUTE).decision.code).toBe('exec.approval.recorded');
    expect(answered(state, 'allow-once', 30 * MINUTE + 1).decision.code).toBe(
      'exec.approval.expired',
    );
    const approved = answered(state, 'allow-once', 1).state;
    expect(used(approved, cat, 1 + 5 * MINUTE).decision.code).toBe('exec.approval.used');
    expect(used(approved, cat, 2 + 5 * MINUTE).decision.code).toBe('exec.approval.expired');
  });

  test('what can no longer be used is forgotten', () => {
    const { state } = asked(cat);
    expect(Object.keys(forgetApprovals(state, 35 * MINUTE).records)).toEqual(['r']);
    expect(Object.keys(forgetApprovals(state, 35 * MINUTE + 1).records)).toEqual([]);
  });
});

describe('allow-always', () => {
  test.each([
    ['everything is asked', cat, { ask: 'always' }],
    ['not analysable', cat, { A: false }],
    ['program text', cat, { I: true }],
    ['a carrier', cat, { C: true }],
    ['something unbound', cat, { unbound: true }],
    [
      'no fingerprint',
      { ...cat, exec: [{ realPath: '/usr/bin/cat', dev: 1, ino: 2, mtime: 3 }] },
      {},
    ],
    ['fewer executables than commands', { ...cat, exec: [] }, {}],
    [
      'an executable of the workspace',
      { ...cat, exec: [{ realPath: '/ws/cat', sha256: 'aa' }] },
      {},
    ],
    ['text that the flags did not mention', { ...cat, argv: [['python3', '-c', 'x']] }, {}],
  ] as const)('is not offered: %s', (_name, request, flags) => {
    expect(offered(request, flags)).toEqual(['allow-once', 'deny']);
  });

  test('leaves trust that lets exactly this command pass', () => {
    const { state } = answered(asked(cat).state, 'allow-always');
    const hostApprovals = { agents: { main: { allowlist: state.durable } } };
    const config = { tools: { exec: { security: 'allowlist', ask: 'off' } } };
    const run = (command: string, sha256: string) =>
      decideExec(config, {
        command,
        cwd: '/ws',
        which: { cat: { path: '/usr/bin/cat', sha256 } },
        hostApprovals,
      }).code;
    expect(run('cat a', 'aa')).toBe('exec.allowlist.match');
    expect(run('cat a', 'ab')).toBe('exec.allowlist.miss');
    expect(run('cat b', 'aa')).toBe('exec.allowlist.miss');
  });
});

const runs = (
  argv: readonly (readonly string[])[],
  operands: readonly string[],
  script: string | null,
) =>
  asked(
    {
      ...cat,
      argv,
      exec: argv.map(() => ({ realPath: '/usr/bin/x', sha256: 'aa' })),
      script: script === null ? null : { path: script, sha256: 'cc' },
    },
    {},
    operands,
  ).decision.code;

describe('binding interpreters', () => {
  test.each([
    [['python3', 'b.py'], ['/ws/b.py'], '/ws/b.py', 'exec.approval.requested'],
    [['nice', 'python3', 'b.py'], [], null, 'exec.approval.unbindable'],
    [['python3', 'b.py'], ['/ws/b.py', '/ws/c.py'], '/ws/b.py', 'exec.approval.unbindable'],
    [['python3', 'b.py'], ['/ws/b.py'], '/ws/c.py', 'exec.approval.unbindable'],
    [['python3', 'b.py'], ['/ws/b.py'], null, 'exec.approval.unbindable'],
    [['python3', '-'], [], null, 'exec.approval.unbindable'],
    [['python3', '-c', 'x'], [], null, 'exec.approval.requested'],
    [['sh', '-c', 'ls'], [], null, 'exec.approval.requested'],
    [['bash', '-lc', 'ls'], [], null, 'exec.approval.requested'],
    [['bash'], [], null, 'exec.approval.unbindable'],
    [['sudo', 'python3', 'b.py'], [], null, 'exec.approval.unbindable'],
    [['sed', '-n', 'p'], [], null, 'exec.approval.requested'],
  ])('%j with %j', (words, operands, script, code) => {
    expect(runs([words], operands, script)).toBe(code);
  });

  test('an executable that really is one counts', () => {
    const hidden = { ...cat, exec: [{ realPath: '/usr/bin/python3.12', sha256: 'aa' }] };
    expect(asked(hidden).decision.code).toBe('exec.approval.unbindable');
  });
});

describe('who answers', () => {
  const config = {
    commands: { ownerAllowFrom: ['telegram:1', '*'] },
    execApprovals: { approvers: ['signal:+15551234567'] },
  };
  const by = (actor: object) =>
    approvalTransition(
      asked(cat).state,
      { do: 'resolve', now: 1, id: 'r', actor: actor as typeof operator, decision: 'allow-once' },
      config,
    ).decision.code;
  test.each([
    [{ kind: 'peer', channel: 'telegram', id: 'tg:1' }, 'exec.approval.recorded'],
    [{ kind: 'peer', channel: 'telegram', id: '2' }, 'exec.approval.not_authorized'],
    [{ kind: 'peer', channel: 'signal', id: '+1 555 123 4567' }, 'exec.approval.recorded'],
    [{ kind: 'peer', channel: 'signal', id: '1' }, 'exec.approval.not_authorized'],
    [{ kind: 'operator', scopes: ['operator.admin'] }, 'exec.approval.recorded'],
    [{ kind: 'process', scopes: ['operator.admin'] }, 'exec.approval.not_authorized'],
    [{}, 'exec.approval.not_authorized'],
  ])('%j', (actor, code) => {
    expect(by(actor)).toBe(code);
  });
});

describe('the approvers of one channel', () => {
  const config = {
    execApprovals: { approvers: ['telegram:9'] },
    channels: {
      telegram: { execApprovals: { approvers: [7] } },
      signal: { execApprovals: { enabled: false, approvers: ['+15551234567'] } },
    },
  };
  const by = (channel: string, id: string, askedOn?: string) => {
    const { state } = approvalTransition(
      EMPTY,
      {
        do: 'request',
        now: 0,
        id: 'r',
        request: cat,
        ...(askedOn === undefined ? {} : { channel: askedOn }),
      },
      config,
    );
    const actor = { kind: 'peer', channel, id } as const;
    return approvalTransition(
      state,
      { do: 'resolve', now: 1, id: 'r', actor, decision: 'allow-once' },
      config,
    ).decision.code;
  };
  test.each([
    ['telegram', '7', 'telegram', 'exec.approval.recorded'],
    ['telegram', '7', 'signal', 'exec.approval.not_authorized'],
    ['telegram', '7', undefined, 'exec.approval.not_authorized'],
    ['telegram', '9', 'signal', 'exec.approval.recorded'],
    ['telegram', '9', undefined, 'exec.approval.recorded'],
    ['discord', '7', 'discord', 'exec.approval.not_authorized'],
    ['signal', '+15551234567', 'signal', 'exec.approval.not_authorized'],
  ])('%s:%s for a question asked on %s: %s', (channel, id, askedOn, code) => {
    expect(by(channel, id, askedOn)).toBe(code);
    const { isApprover } = compilePolicy(config);
    expect(isApprover(channel, id, askedOn)).toBe(code === 'exec.approval.recorded');
  });
});

test('ids are only ids', () => {
  const step = { do: 'consume', now: 1, id: 'constructor', digest: '' } as const;
  expect(approvalTransition(EMPTY, step, {}).decision.code).toBe('exec.approval.not_found');
  const proto = { do: 'request', now: 0, id: '__proto__', request: cat } as const;
  const { state } = approvalTransition(EMPTY, proto, {});
  expect(Object.keys(state.records)).toEqual(['__proto__']);
  expect(approvalTransition(state, proto, {}).decision.code).toBe('exec.approval.exists');
});

test.each([
  { ...cat, argv: 'cat a' },
  { ...cat, argv: [[]] },
  { ...cat, env: { A: 1 } },
  { ...cat, exec: [{}] },
  { ...cat, script: { path: '/s' } },
  null,
])('a request that cannot be read mints nothing: %j', (request) => {
  const { state, decision } = asked(request as ApprovalRequest);
  expect(decision.code).toBe('config.invalid');
  expect(state).toBe(EMPTY);
});
