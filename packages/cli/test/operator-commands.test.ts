/**
 * The commands that ask the gateway, answered by a fake operator.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';
import { describe, expect, test } from 'vitest';

import { call, FakeOperator } from './call.ts';

describe('a gateway that cannot be asked', () => {
  test.each([
    ['health'],
    ['pairing list'],
    ['sessions list'],
    ['outbox list'],
    ['budgets'],
    ['workspace list'],
    ['workspace adopt'],
    ['audit log'],
    ['audit verify'],
    ['logs'],
    ['agent --message hello'],
  ])('openclaw %s says so', async (command) => {
    expect(await call(command.split(' '))).toEqual({
      code: 1,
      stdout: '',
      stderr: 'Error: No gateway is running here. [gateway.not_running]\n  Start it.\n',
    });
  });

  test('openclaw status reports it, which is no failure', async () => {
    const { code, stdout } = await call(['status']);
    expect(code).toBe(0);
    expect(stdout).toContain('Stopped   no gateway is running here\n');
    const json = await call(['status', '--json']);
    expect(JSON.parse(json.stdout)).toMatchObject({ ok: true, running: false });
  });

  test('a refusal is shown as the gateway words it, and the connection is closed', async () => {
    const fake = new FakeOperator({
      'sessions.list': () =>
        Promise.reject(new PortcullisError('gateway.refused', 'missing scope')),
    });
    const { code, stderr } = await call(['sessions', 'list'], fake);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'Error: missing scope [gateway.refused]\n',
    });
    expect(fake.closed).toBe(true);
  });
});

describe('faults of the program itself', () => {
  const broken = new FakeOperator({
    'sessions.list': () => {
      throw new TypeError('undefined is not a secret');
    },
  });

  test('are one line and the place of the log', async () => {
    const { code, stderr } = await call(['sessions', 'list'], broken);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^Error: openclaw itself failed \(TypeError\)\. \[internal\.fault\]\n {2}OPENCLAW_DEBUG=1 shows where\. The gateway's log is \S+\/logs\/gateway\.log\.\n$/,
    );
  });

  test('show where they happened with OPENCLAW_DEBUG=1', async () => {
    const { stderr } = await call(['sessions', 'list'], {
      doors: broken.doors,
      env: { OPENCLAW_DEBUG: '1' },
    });
    expect(stderr).toMatch(/\n {4}at /);
  });
});

describe('status and health', () => {
  const answers = {
    status: {
      lockouts: { count: 1, named: [{ client: '203.0.113.7', door: 'shared', forMs: 1000 }] },
      audit: {
        at: 1,
        critical: 1,
        named: [{ checkId: 'gateway.tailscale_funnel', title: 'Public' }],
      },
      runtimeVersion: '1.2.3',
      pid: 42,
      uptimeMs: 7_200_000,
      sessions: { count: 3 },
      config: { mode: 'hybrid', at: 0, restartNeeded: [], failed: [] },
    },
    'models.list': {
      models: [
        { id: 'b', provider: 'x', name: 'b', available: true },
        { id: 'openrouter/auto', provider: 'openrouter', tags: ['default'], available: true },
      ],
    },
    'channels.status': {
      channelOrder: ['telegram'],
      channelAccounts: {
        telegram: [
          {
            accountId: 'default',
            name: '@bot',
            enabled: true,
            configured: true,
            installed: true,
            healthState: 'reconnecting',
            lastTransportActivityAt: 0,
            lastError: 'timed out',
          },
        ],
      },
    },
    'channels.pairing.list': { requests: [{}, {}], allowed: [], broken: [] },
    'outbox.list': ({ state }: { state: string }) => ({ items: state === 'unknown' ? [{}] : [] }),
    'mcp.list': {
      servers: [
        { id: 'fine', state: 'idle', differs: false, acceptedAt: 1 },
        { id: 'new', state: 'idle', differs: false },
        { id: 'changed', state: 'connected', differs: true, acceptedAt: 1 },
        { id: 'far', state: 'failed', differs: false, acceptedAt: 1 },
      ],
    },
  };

  test('status shows what runs and what needs attention', async () => {
    const { code, stdout } = await call(['status'], new FakeOperator(answers));
    expect(code).toBe(0);
    expect(stdout.replace(/^Config .*\n/m, '')).toBe(`Running   for 2 h, version 1.2.3, process 42
Model     openrouter/openrouter/auto
Sessions  3
Pairing   2 waiting: openclaw pairing list
Outbox    1 may not have arrived: openclaw outbox list --state unknown
MCP       look at new, changed, far: openclaw mcp list
Audit     1 critical: gateway.tailscale_funnel; openclaw security audit
Locked    1 after wrong credentials: 203.0.113.7

CHANNEL   ACCOUNT  STATE         NAME  LAST CONTACT          ERROR
telegram  default  reconnecting  @bot  1970-01-01 00:00:00Z  timed out
`);
  });

  test('status --json is one document', async () => {
    const { stdout } = await call(['status', '--json'], new FakeOperator(answers));
    expect(JSON.parse(stdout)).toMatchObject({
      ok: true,
      running: true,
      model: 'openrouter/openrouter/auto',
      asking: 2,
      doubtful: 1,
      failed: 0,
      servers: ['new', 'changed', 'far'],
      status: { pid: 42 },
    });
  });

  test('status, health and following never open the state themselves', async () => {
    for (const argv of [
      ['status'],
      ['health'],
      ['agent', '--message', 'x'],
      ['logs', '--follow'],
    ]) {
      const fake = new FakeOperator({});
      await call(argv, fake);
      expect(fake.options).toEqual({ live: true });
    }
  });

  test('health names what is connected', async () => {
    const health = {
      ok: true,
      durationMs: 4,
      channelOrder: ['telegram', 'slack'],
      channels: {
        telegram: { configured: true, running: true, connected: true },
        slack: { configured: false, running: false, connected: false },
      },
    };
    const fake = new FakeOperator({ health });
    expect(await call(['health'], fake)).toEqual({
      code: 0,
      stdout: 'ok  answered in 4 ms\ntelegram: connected\n',
      stderr: '',
    });
    expect(JSON.parse((await call(['health', '--json'], fake)).stdout)).toEqual(health);
  });
});

describe('sessions', () => {
  const session = { key: 'agent:main:main' };

  test('reset asks first, and resets nothing when declined', async () => {
    const fake = new FakeOperator({
      'sessions.describe': { session },
      'sessions.reset': { key: 'agent:main:main', entry: { sessionId: 'new' } },
    });
    const declined = await call(['sessions', 'reset', 'main'], {
      doors: { ...fake.doors, confirm: async () => false },
    });
    expect(declined.code).toBe(1);
    expect(declined.stderr).toContain('Nothing was deleted. [usage.declined]');
    expect(fake.asked.map(([method]) => method)).toEqual(['sessions.describe']);
    const { code, stdout } = await call(['sessions', 'reset', 'main', '--yes'], fake);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'agent:main:main starts anew.\n' });
    expect(fake.asked.at(-1)).toEqual(['sessions.reset', { key: 'main', reason: 'reset' }]);
  });

  test.each([['show'], ['reset']])('%s of a conversation that is not there', async (verb) => {
    const fake = new FakeOperator({ 'sessions.describe': { session: null } });
    const { code, stderr } = await call(['sessions', verb, 'nope'], fake);
    expect(code).toBe(1);
    expect(stderr).toContain('There is no conversation "nope". [session.not_found]');
  });

  test('list passes the limit on and says what is left out', async () => {
    const fake = new FakeOperator({
      'sessions.list': {
        sessions: [{ key: 'k', updatedAt: 0, status: 'done', totalTokens: 5, label: 'Home' }],
        totalCount: 9,
        hasMore: true,
      },
    });
    expect(await call(['sessions', 'list', '--limit', '1'], fake)).toEqual({
      code: 0,
      stdout:
        'KEY  LAST USED             STATUS  TOKENS  LABEL\nk    1970-01-01 00:00:00Z  done    5       Home\n',
      stderr: '1 of 9 are shown; --limit shows more.\n',
    });
    expect(fake.asked).toEqual([['sessions.list', { limit: 1, archived: 'all' }]]);
  });
});

describe('audit', () => {
  test('log asks for the newest lines, or for those after a number', async () => {
    const fake = new FakeOperator({
      'audit.log': {
        lines: [
          {
            seq: 7,
            at: 0,
            kind: 'admit',
            entry: { kind: 'admit', at: 0, code: 'dm.paired' },
            mac: 'm',
          },
        ],
      },
    });
    const { stdout } = await call(['audit', 'log'], fake);
    expect(stdout).toBe(
      'SEQ  AT                    KIND   FACTS\n7    1970-01-01 00:00:00Z  admit  code=dm.paired\n',
    );
    await call(['audit', 'log', '--after', '0', '--limit', '5'], fake);
    expect(fake.asked).toEqual([
      ['audit.log', { limit: 50, last: true }],
      ['audit.log', { limit: 5, after: 0 }],
    ]);
  });

  test('verify exits with 1 when the chain does not hold', async () => {
    const whole = { ok: true, lines: 2, head: '2:ab' };
    const changed = { ok: false, lines: 2, head: '2:ab', fault: { seq: 1, reason: 'bad mac' } };
    const passed = new FakeOperator({ 'audit.verify': whole });
    expect(await call(['audit', 'verify', '--expect-head', '1:aa'], passed)).toEqual({
      code: 0,
      stdout: 'The audit log is whole: 2 lines.\nHead: 2:ab\n',
      stderr: '',
    });
    expect(passed.asked).toEqual([['audit.verify', { expectHead: '1:aa' }]]);
    const failed = new FakeOperator({ 'audit.verify': changed });
    expect(await call(['audit', 'verify'], failed)).toEqual({
      code: 1,
      stdout: 'The audit log was changed at line 1: bad mac.\n',
      stderr: '',
    });
    const json = await call(['audit', 'verify', '--json'], failed);
    expect(json.code).toBe(1);
    expect(JSON.parse(json.stdout)).toEqual(changed);
  });
});

describe('outbox', () => {
  const item = {
    id: 'o1',
    state: 'pending',
    channel: 'telegram',
    conversationId: '5',
    createdAt: 0,
    attempts: 2,
    preview: 'hi',
  };

  test('list filters by state', async () => {
    const fake = new FakeOperator({ 'outbox.list': { items: [item] } });
    const { stdout } = await call(['outbox', 'list', '--state', 'pending'], fake);
    expect(stdout).toBe(
      'ID  STATE    CREATED               TO          TRIES  TEXT\no1  pending  1970-01-01 00:00:00Z  telegram:5  2      hi\n',
    );
    expect(fake.asked).toEqual([['outbox.list', { limit: 50, state: 'pending' }]]);
  });

  test('retry and drop name the message', async () => {
    const fake = new FakeOperator({ 'outbox.retry': { item }, 'outbox.drop': { item } });
    expect((await call(['outbox', 'retry', 'o1'], fake)).stdout).toBe(
      'o1 will be sent again (pending).\n',
    );
    expect((await call(['outbox', 'drop', 'o1'], fake)).stdout).toBe('o1 was given up.\n');
    expect(fake.asked).toEqual([
      ['outbox.retry', { id: 'o1' }],
      ['outbox.drop', { id: 'o1' }],
    ]);
  });
});

describe('workspaces', () => {
  const workspace = { agentId: 'main', path: '/w', entries: 7, unknown: 3 };

  test('are shown with how much in them nobody vouches for', async () => {
    const fake = new FakeOperator({
      'workspace.list': { workspaces: [workspace, { ...workspace, agentId: 'b', tooMany: true }] },
    });
    const { stdout, stderr } = await call(['workspace', 'list'], fake);
    expect(stdout).toBe(
      'AGENT  FOLDER  ENTRIES      UNKNOWN\n' +
        'main   /w      7            3\n' +
        'b      /w      more than 7  all\n',
    );
    expect(stderr).toContain('openclaw workspace adopt');
  });

  test('are adopted for the agent that is named', async () => {
    const adopted = { ...workspace, unknown: 0, adopted: 3 };
    const fake = new FakeOperator({ 'workspace.adopt': { workspace: adopted } });
    const { stdout } = await call(['workspace', 'adopt', '--agent', 'b'], fake);
    expect(stdout).toBe('Adopted 3 of 7 files and folders in /w.\n');
    expect(fake.asked).toEqual([['workspace.adopt', { agentId: 'b' }]]);
  });
});

describe('budgets', () => {
  test('are shown with who used up what, and when it is renewed', async () => {
    const base = { scope: 'sender', meter: 'cost', limit: 2.5, freesAt: 86_400_000 };
    const items = [
      { ...base, path: 'budgets.sender.costPerDay', subject: 'telegram:42', used: 0.123_456 },
      { ...base, path: 'budgets.global.messagesPerHour', limit: 30, used: 0 },
    ];
    const fake = new FakeOperator({ 'budgets.list': { items } });
    const { stdout } = await call(['budgets'], fake);
    expect(stdout).toBe(
      'LIMIT                           WHO          USED    OF   RENEWED\n' +
        'budgets.sender.costPerDay       telegram:42  0.1235  2.5  1970-01-02 00:00:00Z\n' +
        'budgets.global.messagesPerHour  nobody yet   0       30   1970-01-02 00:00:00Z\n',
    );
    const json = await call(['budgets', '--json'], fake);
    expect(JSON.parse(json.stdout)).toEqual({ ok: true, items });
  });

  test('that are not set say how to set one', async () => {
    const { stdout, stderr } = await call(
      ['budgets'],
      new FakeOperator({ 'budgets.list': { items: [] } }),
    );
    expect(stdout).toBe('Nothing limits what is spent.\n');
    expect(stderr).toContain('openclaw config set budgets.sender.tokensPerDay 200000');
  });
});

describe('logs', () => {
  const line = JSON.stringify({
    0: 'started',
    1: { port: 1 },
    _meta: { logLevelName: 'INFO' },
    time: '2026-03-01T12:00:00.000Z',
    message: 'started',
  });

  test('shows time, level, message and fields', async () => {
    const page = { file: 'gateway.log', cursor: 9, size: 9, lines: [line, 'torn'] };
    const fake = new FakeOperator({ 'logs.tail': page });
    expect((await call(['logs', '--limit', '2'], fake)).stdout).toBe(
      '2026-03-01T12:00:00.000Z INFO  started {"port":1}\n       torn\n',
    );
    expect(fake.asked).toEqual([['logs.tail', { limit: 2 }]]);
    const { stdout } = await call(['logs', '--json'], fake);
    expect(
      stdout
        .trim()
        .split('\n')
        .map((each): unknown => JSON.parse(each)),
    ).toEqual([
      { type: 'meta', file: 'gateway.log', cursor: 9, size: 9 },
      {
        type: 'log',
        time: '2026-03-01T12:00:00.000Z',
        level: 'info',
        message: 'started',
        fields: { port: 1 },
      },
      { type: 'raw', raw: 'torn' },
    ]);
  });

  test('follows from the cursor until it is stopped, which is no failure', async () => {
    const controller = new AbortController();
    const pages = [
      { file: 'gateway.log', cursor: 9, lines: [line] },
      { file: 'gateway.log', cursor: 12, lines: [line] },
    ];
    const fake = new FakeOperator({ 'logs.tail': () => pages.shift() });
    let lines = 0;
    const onWrite = () => {
      lines += 1;
      if (lines === 3) controller.abort('SIGINT');
    };
    const { code, stdout } = await call(['logs', '-f', '--json'], {
      doors: fake.doors,
      signal: controller.signal,
      onWrite,
    });
    expect(code).toBe(0);
    expect(stdout.trim().split('\n')).toHaveLength(3);
    expect(fake.asked[1]).toEqual(['logs.tail', { cursor: 9, limit: 5000 }]);
  });
});
