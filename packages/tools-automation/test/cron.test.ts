import {
  type Job,
  PortcullisError,
  type ScheduleBroker,
  type ToolContext,
  type ToolResult,
  createRegistry,
} from '@portcullis/core';
import { beforeEach, describe, expect, test } from 'vitest';

import plugin from '../src/index.ts';

const JOB: Job = {
  id: 'j1',
  name: 'tea',
  agentId: 'main',
  enabled: true,
  deleteAfterRun: false,
  schedule: { kind: 'every', everyMs: 60_000 },
  payload: { kind: 'agentTurn', message: 'Is the tea ready?' },
  delivery: { mode: 'announce' },
  missed: 'skip',
  createdBy: 'telegram:42',
  createdAt: 0,
  updatedAt: 0,
  nextRunAt: Date.parse('2030-01-01T00:00:00Z'),
  failures: 0,
};
const DRAFT = {
  name: 'tea',
  schedule: { kind: 'every', everyMs: 60_000 },
  payload: { kind: 'agentTurn', message: 'Is the tea ready?' },
} as const;

let asked: unknown[];
const note = <T>(what: unknown, answer: T): Promise<T> => {
  asked.push(what);
  return Promise.resolve(answer);
};
const schedule: ScheduleBroker = {
  status: () => note('status', { enabled: true, jobs: 1, nextRunAt: JOB.nextRunAt ?? 0 }),
  list: () => note('list', [JOB, { ...JOB, id: 'j2', enabled: false }]),
  add: (draft) => note(['add', draft], JOB),
  update: (id, patch) => note(['update', id, patch], { ...JOB, ...patch }),
  remove: (id) => note(['remove', id], id === 'j1'),
  run: (id) => note(['run', id], { runId: `cron:${id}:now` }),
  runs: (options) =>
    note(
      ['runs', options],
      [
        {
          jobId: 'j1',
          jobName: 'tea "strong"',
          scheduledAt: 0,
          endedAt: 5,
          durationMs: 5,
          status: 'error' as const,
          error: 'schedule.run_failed',
        },
      ],
    ),
};

beforeEach(() => {
  asked = [];
});

async function call(input: unknown, brokers: ToolContext['brokers'] = { schedule }) {
  const registry = createRegistry();
  plugin.register(registry);
  const tool = registry.tools.get('cron');
  if (tool === undefined) throw new Error('no such tool');
  const checked = await tool.input['~standard'].validate(input);
  if (checked.issues !== undefined) throw new Error('invalid input');
  const result: ToolResult = await tool.run(checked.value, {
    signal: new AbortController().signal,
    sessionKey: 'agent:main:main',
    agentId: 'main',
    requester: { id: 'telegram:42', trust: 'owner', channel: 'telegram', accountId: 'default' },
    brokers,
  });
  return result.text;
}

describe('every action reaches the broker as it is', () => {
  test('status and list', async () => {
    expect(await call({ action: 'status' })).toBe(
      'The scheduler is on and has 1 jobs, the next at 2030-01-01T00:00:00.000Z.',
    );
    const list = await call({ action: 'list' });
    expect(list.split('\n').map((line) => JSON.parse(line) as Job)).toMatchObject([
      { id: 'j1', nextRun: '2030-01-01T00:00:00.000Z' },
    ]);
    expect((await call({ action: 'list', includeDisabled: true })).split('\n')).toHaveLength(2);
  });

  test('add and update', async () => {
    expect(await call({ action: 'add', job: DRAFT })).toMatch(/^Added: \{"id":"j1"/u);
    expect(await call({ action: 'update', id: 'j1', patch: { enabled: false } })).toContain(
      '"enabled":false',
    );
    expect(asked).toEqual([
      ['add', DRAFT],
      ['update', 'j1', { enabled: false }],
    ]);
  });

  test('remove, run and runs, also by the other name of an id', async () => {
    expect(await call({ action: 'remove', jobId: 'j1' })).toBe('Removed.');
    expect(await call({ action: 'remove', id: 'nobody' })).toBe('There is no such job.');
    expect(await call({ action: 'run', id: 'j1' })).toBe('Started as cron:j1:now.');
    expect(await call({ action: 'runs', limit: 5 })).toBe(
      '1970-01-01T00:00:00.000Z "tea \\"strong\\"": error (schedule.run_failed)',
    );
    expect(asked.at(-1)).toEqual(['runs', { limit: 5 }]);
  });
});

test.each([
  { action: 'wake' },
  { action: 'add' },
  { action: 'add', job: { ...DRAFT, owner: 'telegram:1' } },
  { action: 'add', job: { ...DRAFT, label: { u: 0, P: [] } } },
  { action: 'add', job: { ...DRAFT, capability: 'mine' } },
  { action: 'add', job: { ...DRAFT, payload: { ...DRAFT.payload, model: 'a/b' } } },
  { action: 'add', job: { ...DRAFT, schedule: { kind: 'every', everyMs: 1 } } },
  { action: 'update', patch: {} },
  { action: 'remove' },
])('refuses %j', async (input) => {
  await expect(call(input)).rejects.toThrow('invalid input');
  expect(asked).toEqual([]);
});

test('has no other way where there is no broker', async () => {
  const refusal = await call({ action: 'list' }, {}).catch((error: unknown) => error);
  expect(PortcullisError.is(refusal) && refusal.code).toBe('schedule.unavailable');
});
