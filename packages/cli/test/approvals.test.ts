/**
 * `openclaw approvals`, answered by a fake operator.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';
import { describe, expect, test } from 'vitest';

import { call, FakeOperator } from './call.ts';

const ID = '0123456789abcdef0123456789abcdef';
const SUBJECT = '{"text":"psst","to":["telegram:43"]}';
const DIGEST = 'd1'.repeat(32);
const LATER = Date.now() + 3_600_000 * 48;

const WAITING = {
  id: ID,
  approvalKind: 'exec',
  request: {
    command: `send message ${SUBJECT}`,
    agentId: 'main',
    sessionKey: 'agent:main:telegram:direct:42',
    warningText: 'Only the owner sends to others.',
    tool: 'tell',
    act: 'send a message to somebody else',
    effect: 'send message',
    subject: SUBJECT,
    code: 'flow.message.not_owner',
    requester: 'telegram:42',
    digest: DIGEST,
    story: null,
    allowedDecisions: ['allow-once', 'deny'],
  },
  createdAtMs: 1000,
  expiresAtMs: LATER,
};

const PENDING = {
  id: ID,
  status: 'pending',
  sourceSessionKey: 'agent:main:telegram:direct:42',
  createdAtMs: 1000,
  expiresAtMs: LATER,
  presentation: {
    kind: 'exec',
    commandText: `send message ${SUBJECT}`,
    warningText: 'Only the owner sends to others.',
    agentId: 'main',
    tool: 'tell',
    act: 'send a message to somebody else',
    effect: 'send message',
    subject: SUBJECT,
    code: 'flow.message.not_owner',
    requester: 'telegram:42',
    digest: DIGEST,
    story: null as string | null,
    allowedDecisions: ['allow-once', 'deny'],
  },
};

const DENIED = {
  ...PENDING,
  status: 'denied',
  decision: 'deny',
  source: { agentId: 'main', sessionKey: 'agent:main:telegram:direct:42' },
  resolver: { kind: 'channel', id: 'telegram:7' },
  resolvedAtMs: 1_772_366_400_000,
};

const SHOWN = `Id:        ${ID}
State:     waiting, 1 d left
Would:     send a message to somebody else (send message, tool tell, agent main)
Asked by:  telegram:42
Session:   agent:main:telegram:direct:42
Why:       Only the owner sends to others. [flow.message.not_owner]
Answers:   allow-once, deny
SHA-256:   ${DIGEST}

Exactly this:
{
  "text": "psst",
  "to": [
    "telegram:43"
  ]
}
`;

/** The question and what is bound to its answer, as the gateway tells them apart. */
function answerOf(question: object): object {
  const { presentation, ...rest } = question as typeof PENDING;
  const { tool, act, effect, subject, code, requester, digest, story, ...shown } = presentation;
  const details = { tool, act, effect, subject, code, requester, digest, story, used: false };
  return { approval: { ...rest, presentation: shown }, details };
}

function operator(approval: object = PENDING): FakeOperator {
  return new FakeOperator({
    'exec.approval.list': [WAITING],
    'approval.get': answerOf(approval),
    'exec.approval.resolve': { ok: true },
  });
}

describe('approvals list', () => {
  test('shows what waits', async () => {
    const { code, stdout } = await call(['approvals', 'list'], operator());
    expect(code).toBe(0);
    expect(stdout)
      .toBe(`ID                                WOULD                            TOOL  ASKED BY     EXPIRES IN  SESSION
${ID}  send a message to somebody else  tell  telegram:42  1 d         agent:main:telegram:direct:42
`);
  });

  test('says that nothing waits', async () => {
    const { stdout } = await call(
      ['approvals', 'list'],
      new FakeOperator({ 'exec.approval.list': [] }),
    );
    expect(stdout).toBe('Nothing waits for an answer.\n');
  });

  test('is one document for programs', async () => {
    const { stdout } = await call(['approvals', 'list', '--json'], operator());
    expect(JSON.parse(stdout)).toEqual({ ok: true, approvals: [WAITING] });
  });
});

describe('approvals show', () => {
  test('prints exactly what would happen', async () => {
    const fake = operator();
    expect(await call(['approvals', 'show', ID], fake)).toEqual({
      code: 0,
      stdout: SHOWN,
      stderr: '',
    });
    expect(fake.asked).toEqual([['approval.get', { id: ID, details: true }]]);
  });

  test('says how it ended', async () => {
    const { stdout } = await call(['approvals', 'show', ID], operator(DENIED));
    expect(stdout).toContain('State:     denied by telegram:7 at 2026-03-01 12:00:00Z\n');
  });

  test('P34.01: cuts nothing, however long it is', async () => {
    const text = 'long '.repeat(20_000);
    const presentation = { ...PENDING.presentation, subject: JSON.stringify({ text }) };
    const { stdout } = await call(
      ['approvals', 'show', ID],
      operator({ ...PENDING, presentation }),
    );
    expect(stdout).toContain(text);
  });

  test('P34.01: lets no field command the terminal or forge a line', async () => {
    const evil = '\u001b]0;owned\u0007\u001b[2J\u202e\u009b31m\r\nState:     allowed';
    const presentation = {
      ...PENDING.presentation,
      tool: evil,
      act: evil,
      effect: evil,
      warningText: evil,
      requester: evil,
      agentId: evil,
      code: evil,
      subject: JSON.stringify({ [evil]: evil, text: evil }),
    };
    const approval = { ...PENDING, id: evil, sourceSessionKey: evil, presentation };
    const { stdout } = await call(['approvals', 'show', ID], operator(approval));
    expect(stdout).not.toMatch(/[^\n\u0020-\u007e]/u);
    expect(stdout.match(/^State:/gmu)).toHaveLength(1);
    // What stands there still means what the subject says.
    const shown = stdout.slice(stdout.indexOf('Exactly this:\n') + 'Exactly this:\n'.length);
    expect(JSON.parse(shown)).toEqual({ [evil]: evil, text: evil });
  });
});

describe('approvals show, of the information flow', () => {
  test('tells what was read, from whom, and where it would go', async () => {
    const story = 'This session has read private data: workspace (2 times).\u001b[2J';
    const presentation = { ...PENDING.presentation, story };
    const { stdout } = await call(
      ['approvals', 'show', ID],
      operator({ ...PENDING, presentation }),
    );
    expect(stdout).toContain(
      'Behind it: This session has read private data: workspace (2 times).\\x1b[2J\n',
    );
  });

  test('P34.01: spells out joiners, fillers and rows of blanks in the subject', async () => {
    const text = `rm\u200d -rf\u3164\u2800${' '.repeat(50)}payload`;
    const presentation = { ...PENDING.presentation, subject: JSON.stringify({ text }) };
    const { stdout } = await call(
      ['approvals', 'show', ID],
      operator({ ...PENDING, presentation }),
    );
    const blanks = '\\u0020'.repeat(50);
    expect(stdout).toContain(`"rm\\u200d -rf\\u3164\\u2800${blanks}payload"`);
  });
});

describe('approvals grants', () => {
  const GRANT = {
    grantId: 'g1',
    mintedByApprovalId: ID,
    agentId: 'main',
    command: 'proc run {"command":"git status"}',
    effect: 'proc run',
    subject: '{"command":"git status"}',
    createdAtMs: 1_772_366_400_000,
    expiresAtMs: null,
    lastUsedAtMs: 1_772_366_460_000,
    useCount: 2,
    kind: 'exec',
    sessionKey: 'agent:main:main',
    createdBy: 'telegram:7',
  };

  test('list shows each with what exactly it allows', async () => {
    const fake = new FakeOperator({ 'exec.approval.grants.list': { grants: [GRANT] } });
    const { stdout } = await call(['approvals', 'grants', 'list'], fake);
    expect(stdout).toBe(`Id:       g1
For:      agent main
Allowed:  by telegram:7 at 2026-03-01 12:00:00Z
Ends:     when revoked
Used:     2 times, last at 2026-03-01 12:01:00Z
Exactly:  proc run
{
  "command": "git status"
}
`);
  });

  test('list says that there is none', async () => {
    const fake = new FakeOperator({ 'exec.approval.grants.list': { grants: [] } });
    const { stdout } = await call(['approvals', 'grants', 'list'], fake);
    expect(stdout).toBe('Nothing is allowed for good.\n');
  });

  test.each([
    ['revoked', 0],
    ['not-found', 1],
  ])('revoke of one that is %s ends with %s', async (outcome, expected) => {
    const fake = new FakeOperator({ 'exec.approval.grants.revoke': { outcome } });
    const { code, stdout } = await call(['approvals', 'grants', 'revoke', 'g1'], fake);
    expect(code).toBe(expected);
    expect(stdout.includes('Taken back.')).toBe(outcome === 'revoked');
    expect(fake.asked).toEqual([['exec.approval.grants.revoke', { grantId: 'g1' }]]);
  });

  test('alone needs one more word', async () => {
    const { code, stderr } = await call(['approvals', 'grants'], operator());
    expect(code).toBe(1);
    expect(stderr).toContain('list, revoke');
  });
});

describe('the document of the machine', () => {
  const VIEW = {
    path: '/state/exec-approvals.json',
    exists: true,
    valid: true,
    hash: 'h1',
    file: { version: 1, agents: { main: { allowlist: [{ pattern: '/usr/bin/ls' }] } } },
    resolvedDefaults: {
      security: 'deny',
      ask: 'always',
      askFallback: 'deny',
      autoAllowSkills: false,
    },
  };

  function host(view: object = VIEW): FakeOperator {
    return new FakeOperator({ 'exec.approvals.get': view, 'exec.approvals.set': view });
  }

  test('get prints it with what is in force', async () => {
    const { stdout, stderr } = await call(['approvals', 'get'], host());
    expect(stdout).toContain('File:      /state/exec-approvals.json\n');
    expect(stdout).toContain('In force:  security deny, ask always, askFallback deny\n');
    expect(stderr).toBe('');
    const closed = await call(['approvals', 'get'], host({ ...VIEW, valid: false }));
    expect(closed.stderr).toContain('cannot be trusted, so no command runs');
  });

  test('set hands on what is on standard input, with the hash of what it replaces', async () => {
    const fake = host();
    const { code } = await call(['approvals', 'set'], {
      doors: fake.doors,
      stdin: '{"version":1}',
    });
    expect(code).toBe(0);
    expect(fake.asked).toEqual([
      ['exec.approvals.get', {}],
      ['exec.approvals.set', { file: { version: 1 }, baseHash: 'h1' }],
    ]);
    const nonsense = await call(['approvals', 'set'], { doors: host().doors, stdin: '[]' });
    expect(nonsense.code).toBe(1);
  });

  test('allowlist add and remove change one list and nothing else', async () => {
    const fake = host();
    await call(
      ['approvals', 'allowlist', 'add', '/usr/bin/git', '--args', '^status', '--agent', 'main'],
      fake,
    );
    expect(fake.asked.at(-1)).toEqual([
      'exec.approvals.set',
      {
        baseHash: 'h1',
        file: {
          version: 1,
          agents: {
            main: {
              allowlist: [
                { pattern: '/usr/bin/ls' },
                { pattern: '/usr/bin/git', argPattern: '^status' },
              ],
            },
          },
        },
      },
    ]);
    const other = host();
    await call(['approvals', 'allowlist', 'remove', '/usr/bin/ls', '--agent', 'main'], other);
    expect(other.asked.at(-1)).toEqual([
      'exec.approvals.set',
      { baseHash: 'h1', file: { version: 1, agents: { main: { allowlist: [] } } } },
    ]);
    const missing = await call(['approvals', 'allowlist', 'remove', '/usr/bin/ls'], host());
    expect(missing.code).toBe(1);
  });
});

describe('approvals allow and deny', () => {
  test.each([
    ['allow', 'allow-once', 'Allowed, once.'],
    ['deny', 'deny', 'Denied.'],
  ])('%s prints what it is about and answers', async (word, decision, said) => {
    const fake = operator();
    expect(await call(['approvals', word, ID], fake)).toEqual({
      code: 0,
      stdout: `${SHOWN}\n${said}\n`,
      stderr: '',
    });
    expect(fake.asked).toEqual([
      ['approval.get', { id: ID, details: true }],
      ['exec.approval.resolve', { id: ID, decision, digest: DIGEST }],
    ]);
    const { stdout } = await call(['approvals', word, ID, '--json'], operator());
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, id: ID, decision });
  });

  test('allow --always allows for good what may be, for as long as is said', async () => {
    const presentation = {
      ...PENDING.presentation,
      allowedDecisions: ['allow-once', 'allow-always', 'deny'],
    };
    const fake = operator({ ...PENDING, presentation });
    const words = ['approvals', 'allow', ID, '--always', '--days', '30'];
    const { code, stdout } = await call(words, fake);
    expect(code).toBe(0);
    expect(stdout).toContain('Answers:   allow-once, allow-always, deny\n');
    expect(stdout).toContain('Allowed, now and always.');
    const decision = 'allow-always';
    expect(fake.asked.at(-1)).toEqual([
      'exec.approval.resolve',
      { id: ID, decision, digest: DIGEST, grantExpiresInDays: 30 },
    ]);
  });

  test('allow --always asks nobody for what is not offered', async () => {
    const fake = operator();
    const { code, stdout } = await call(['approvals', 'allow', ID, '--always', '--json'], fake);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      error: { code: 'exec.approval.decision_not_offered' },
    });
    expect(fake.asked.map(([method]) => method)).toEqual(['approval.get']);
  });

  test('allow --days means nothing without --always', async () => {
    const fake = operator();
    const { code, stderr } = await call(['approvals', 'allow', ID, '--days', '3'], fake);
    expect(code).toBe(1);
    expect(stderr).toContain('--days says how long --always lasts.');
    expect(fake.asked).toEqual([]);
  });

  test('answer nothing that is over', async () => {
    const fake = operator(DENIED);
    const { code, stdout, stderr } = await call(['approvals', 'allow', ID], fake);
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toContain('denied by telegram:7');
    expect(fake.asked.map(([method]) => method)).toEqual(['approval.get']);
  });

  test('say so when somebody else was faster', async () => {
    const late = new PortcullisError('gateway.refused', 'approval already resolved', {
      hint: 'The first answer counts.',
    });
    const fake = new FakeOperator({
      'approval.get': answerOf(PENDING),
      'exec.approval.resolve': () => Promise.reject(late),
    });
    const { code, stdout, stderr } = await call(['approvals', 'allow', ID], fake);
    expect(code).toBe(1);
    expect(stdout).not.toContain('Allowed');
    expect(stderr).toContain('approval already resolved');
  });
});
