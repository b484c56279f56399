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

Exactly this:
{
  "text": "psst",
  "to": [
    "telegram:43"
  ]
}
`;

function operator(approval: object = PENDING): FakeOperator {
  return new FakeOperator({
    'exec.approval.list': [WAITING],
    'approval.get': { approval },
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
    expect(fake.asked).toEqual([['approval.get', { id: ID }]]);
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
      ['approval.get', { id: ID }],
      ['exec.approval.resolve', { id: ID, decision }],
    ]);
    const { stdout } = await call(['approvals', word, ID, '--json'], operator());
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, id: ID, decision });
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
      'approval.get': { approval: PENDING },
      'exec.approval.resolve': () => Promise.reject(late),
    });
    const { code, stdout, stderr } = await call(['approvals', 'allow', ID], fake);
    expect(code).toBe(1);
    expect(stdout).not.toContain('Allowed');
    expect(stderr).toContain('approval already resolved');
  });
});
