/** Scheduled jobs over the wire, in the shapes clients know. */
import type { JobRun } from '@portcullis/core';
import { METHODS } from '@portcullis/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { checkedCall, failedCall } from './checked-call.ts';
import { type Bench, type Raw, openAuthed, startBench } from './clients.ts';
import { publishedFaults } from './published-schema.ts';

let bench: Bench;
let raw: Raw;
beforeEach(async () => {
  bench = await startBench();
  raw = await openAuthed(bench);
});
afterEach(async () => {
  await bench.close();
});

const DRAFT = {
  name: 'brief',
  schedule: { kind: 'cron', expr: '0 7 * * *', tz: 'Europe/Berlin' },
  sessionTarget: 'isolated',
  wakeMode: 'now',
  payload: { kind: 'agentTurn', message: 'What is new?' },
  delivery: { mode: 'announce', channel: 'last' },
};

test('a job is made, found, changed, run and removed', async () => {
  const job = await checkedCall(raw, 'cron.add', DRAFT);
  expect(publishedFaults('CronJob', job)).toEqual([]);
  expect(job).toMatchObject({
    id: 'job-1',
    sessionTarget: 'isolated',
    delivery: { mode: 'announce' },
    state: { nextRunAtMs: 5, consecutiveErrors: 0 },
  });
  expect(await checkedCall(raw, 'cron.get', { jobId: 'job-1' })).toEqual(job);
  expect(await checkedCall(raw, 'cron.list', {})).toMatchObject({
    jobs: [job],
    total: 1,
    hasMore: false,
    nextOffset: null,
  });
  const patch = { enabled: false, schedule: { kind: 'every', everyMs: 60_000 } };
  expect(await checkedCall(raw, 'cron.update', { id: 'job-1', patch })).toMatchObject({
    enabled: false,
    name: 'brief',
    schedule: { kind: 'every', everyMs: 60_000 },
  });
  expect(await checkedCall(raw, 'cron.list', {})).toMatchObject({ jobs: [] });
  expect(await checkedCall(raw, 'cron.list', { includeDisabled: true })).toMatchObject({
    total: 1,
  });
  expect(await checkedCall(raw, 'cron.run', { id: 'job-1', mode: 'if-enabled' })).toEqual({
    ok: true,
    ran: false,
    reason: 'disabled',
  });
  expect(await checkedCall(raw, 'cron.run', { id: 'job-1' })).toMatchObject({ enqueued: true });
  expect(await checkedCall(raw, 'cron.remove', { id: 'job-1' })).toEqual({
    ok: true,
    removed: true,
  });
  expect(await checkedCall(raw, 'cron.remove', { id: 'job-1' })).toEqual({
    ok: true,
    removed: false,
  });
});

test('the scheduler tells how it is doing', async () => {
  expect(await checkedCall(raw, 'cron.status', {})).toMatchObject({
    enabled: true,
    triggersEnabled: false,
    jobs: 0,
    nextWakeAtMs: 5,
  });
});

test('runs are told by page, and by how they ended', async () => {
  const run: JobRun = {
    jobId: 'job-1',
    jobName: 'brief',
    runId: 'cron:job-1:7',
    scheduledAt: 7,
    endedAt: 9,
    durationMs: 2,
    status: 'ok',
    sessionKey: 'agent:main:cron:job-1:run:7',
  };
  bench.services.jobRuns.push(run, { ...run, status: 'skipped', error: 'schedule.missed' });
  const first = await checkedCall(raw, 'cron.runs', { jobId: 'job-1', limit: 1 });
  expect(first).toMatchObject({ total: 2, hasMore: true, nextOffset: 1 });
  const entries = first['entries'] as unknown[];
  expect(publishedFaults('CronRunLogEntry', entries[0])).toEqual([]);
  expect(await checkedCall(raw, 'cron.runs', { status: 'skipped' })).toMatchObject({
    entries: [{ status: 'skipped', error: 'schedule.missed', runAtMs: 7, ts: 9 }],
  });
});

test('a job there is not is said so in the words clients branch on', async () => {
  for (const method of ['cron.get', 'cron.run'] as const) {
    const error = await failedCall(raw, method, { id: 'nobody' });
    expect(error).toMatchObject({
      code: 'INVALID_REQUEST',
      details: { code: 'CRON_JOB_NOT_FOUND', jobId: 'nobody' },
    });
  }
  expect((await failedCall(raw, 'cron.get', {})).message).toBe('missing id');
});

describe('what this gateway does not do is refused, not ignored', () => {
  test.each([
    { what: 'a model of its own', change: { payload: { ...DRAFT.payload, model: 'a/b' } } },
    { what: 'a receiver that is a webhook', change: { delivery: { mode: 'webhook', to: 'x' } } },
    { what: 'a command as payload', change: { payload: { kind: 'command', command: 'ls' } } },
    { what: 'a start by an exit', change: { schedule: { kind: 'on-exit', command: 'ls' } } },
    { what: 'another session', change: { sessionTarget: 'session:agent:main:main' } },
    { what: 'a session that does not fit', change: { sessionTarget: 'main' } },
    { what: 'hooks', change: { hooks: { pre: [{ kind: 'shell', command: 'ls' }] } } },
    { what: 'another owner', change: { owner: { agentId: 'main' } } },
  ])('$what', async ({ change }) => {
    const error = await failedCall(raw, 'cron.add', { ...DRAFT, ...change });
    expect(error.code).toBe('INVALID_REQUEST');
    expect(bench.services.jobs.size).toBe(0);
  });
});

test('everybody who reads hears of jobs and of their runs', async () => {
  bench.services.notify({ type: 'cron', action: 'started', jobId: 'job-1', at: 3 });
  const { payload } = await raw.next((frame) => frame.event === 'cron');
  expect(payload).toEqual({ action: 'started', jobId: 'job-1', ts: 3 });
  expect(METHODS['cron.list'].scope).toBe('operator.read');
});
