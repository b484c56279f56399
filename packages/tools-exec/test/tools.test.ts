import {
  type ProcBroker,
  type ProcRequest,
  type ProcResult,
  type Tool,
  type ToolContext,
  type ToolResult,
  createRegistry,
} from '@portcullis/core';
import { beforeEach, describe, expect, test } from 'vitest';
import plugin from '../src/index.ts';

const DONE: ProcResult = { state: 'exited', exitCode: 0, output: 'hello\n', truncated: false };

let asked: unknown[];
let answer: ProcResult;

const proc: ProcBroker = {
  run: async (request: ProcRequest) => {
    asked.push(request);
    return answer;
  },
  list: () => [{ id: 'a1', state: 'running', output: '', truncated: false }],
  poll: async (id, waitMs) => {
    asked.push(['poll', id, waitMs]);
    return answer;
  },
  write: async (id, text) => void asked.push(['write', id, text]),
  kill: async (id) => {
    asked.push(['kill', id]);
    return { ...answer, state: 'killed' };
  },
};

beforeEach(() => {
  asked = [];
  answer = DONE;
});

function tool(name: string): Tool {
  const registry = createRegistry();
  plugin.register(registry);
  const found = registry.tools.get(name);
  if (found === undefined) throw new Error('no such tool');
  return found;
}

async function call(name: string, input: unknown, withBroker = true): Promise<ToolResult> {
  const { input: schema, run } = tool(name);
  const checked = await schema['~standard'].validate(input);
  if (checked.issues !== undefined) throw new Error('invalid input');
  const context: ToolContext = {
    signal: new AbortController().signal,
    sessionKey: 'agent:main:main',
    agentId: 'main',
    requester: { id: 'test', trust: 'owner', channel: 'test', accountId: 'default' },
    brokers: withBroker ? { proc } : {},
  };
  return await run(checked.value, context);
}

describe('exec', () => {
  test('hands the broker the command and nothing else', async () => {
    const result = await call('exec', {
      command: 'echo hello',
      cwd: 'src',
      env: { LANG: 'C' },
      timeoutSeconds: 3,
      input: 'x',
    });
    expect(asked).toEqual([
      { command: 'echo hello', cwd: 'src', env: { LANG: 'C' }, timeoutMs: 3000, input: 'x' },
    ]);
    expect(result.text).toBe('hello\n[ended: exit code 0]');
    expect(result.isError).toBe(undefined);
  });

  test('may ask for an approver, in words the broker knows', async () => {
    await call('exec', { command: 'ls', ask: 'always' });
    expect(asked).toEqual([{ command: 'ls', ask: 'always' }]);
    await expect(call('exec', { command: 'ls', ask: 'never' })).rejects.toThrow('invalid input');
  });

  test.each([
    ['approved', { command: 'ls', approved: true }],
    ['approvalId', { command: 'ls', approvalId: 'x' }],
    ['host', { command: 'ls', host: 'gateway' }],
    ['elevated', { command: 'ls', elevated: true }],
    ['sandbox', { command: 'ls', sandbox: 'off' }],
  ])('P01.07, P05.04: refuses the unknown key %s', async (_, input) => {
    await expect(call('exec', input)).rejects.toThrow('invalid input');
    expect(asked).toEqual([]);
  });

  test('says that it failed, ran out of time or lost its beginning', async () => {
    answer = { state: 'exited', exitCode: 2, output: 'no', truncated: true };
    expect(await call('exec', { command: 'x' })).toMatchObject({
      text: '[the beginning of the output was dropped]\nno\n[ended: exit code 2]',
      isError: true,
    });
    answer = { state: 'timed-out', output: '', truncated: false };
    expect(await call('exec', { command: 'x' })).toMatchObject({
      text: '[ended: it took too long]',
      isError: true,
    });
    answer = { state: 'running', id: 'b2', output: '', truncated: false };
    expect((await call('exec', { command: 'x', background: true })).text).toBe('[running (id b2)]');
    answer = { ...answer, elapsedMs: 12_340 };
    expect((await call('exec', { command: 'x', background: true })).text).toBe(
      '[running for 12.3 s (id b2)]',
    );
  });

  test('plans its effect', () => {
    expect(tool('exec').plan?.({ command: 'ls' })).toEqual([
      { kind: 'proc', request: { command: 'ls' } },
    ]);
  });

  test('has no other way where there is no broker', async () => {
    await expect(call('exec', { command: 'ls' }, false)).rejects.toMatchObject({
      code: 'exec.unavailable',
    });
  });
});

describe('process', () => {
  test('lists, polls, writes and kills', async () => {
    expect((await call('process', { action: 'list' })).text).toBe('a1 running');
    await call('process', { action: 'poll', id: 'a1', waitSeconds: 2 });
    await call('process', { action: 'log', id: 'a1' });
    await call('process', { action: 'write', id: 'a1', text: 'y\n' });
    expect((await call('process', { action: 'kill', id: 'a1' })).text).toBe(
      'hello\n[ended: killed]',
    );
    expect(asked).toEqual([
      ['poll', 'a1', 2000],
      ['poll', 'a1', undefined],
      ['write', 'a1', 'y\n'],
      ['kill', 'a1'],
    ]);
  });

  test.each([{ action: 'poll' }, { action: 'write', id: 'a1' }, { action: 'signal', id: 'a1' }])(
    'refuses %j',
    async (input) => {
      await expect(call('process', input)).rejects.toThrow('invalid input');
    },
  );
});

test('the schemas for models are plain objects', () => {
  expect(tool('exec').inputSchema).toMatchObject({ type: 'object', required: ['command'] });
  expect(tool('process').inputSchema).toMatchObject({ type: 'object', required: ['action'] });
});
