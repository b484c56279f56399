/** A job from its time to its answer. */
import { afterEach, beforeEach, expect, test } from 'vitest';

import type { GatewayInbox } from '../../src/intake/inbox.ts';
import type { Kernel } from '../../src/kernel.ts';
import type { Jobs } from '../../src/schedule/jobs.ts';
import { JobRuns } from '../../src/schedule/runs.ts';
import { cli, direct, until } from '../pipeline/harness.ts';
import { MINUTE, START, World, openWorld } from './world.ts';

const HOUR = 60 * MINUTE;

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(async () => {
  await world.close();
});

test('a job answers in the conversation it was made in, from a session of its own', async () => {
  const job = await world.use((schedule) =>
    schedule.add({
      name: 'tea',
      schedule: { kind: 'every', everyMs: 10 * MINUTE },
      payload: { kind: 'agentTurn', message: 'Is the tea ready?' },
    }),
  );
  expect(job).toMatchObject({ createdBy: 'telegram:42', nextRunAt: START + 10 * MINUTE });
  await world.pass(10 * MINUTE);
  await world.ended(1);
  expect(world.prompts()).toEqual(['(scheduled job "tea") Is the tea ready?']);
  const answered = (): boolean =>
    world.harness.network.texts('42').at(-1)?.includes('Is the tea ready?') === true;
  await until(answered, 'the answer');
  const [run] = await world.services.schedule.runs({ limit: 10 });
  expect(run).toMatchObject({
    status: 'ok',
    jobName: 'tea',
    scheduledAt: START + 10 * MINUTE,
    sessionKey: `agent:main:cron:${job.id}:run:${String(START + 10 * MINUTE)}`,
  });
  expect(await world.services.schedule.get(job.id)).toMatchObject({
    nextRunAt: START + 20 * MINUTE,
    lastStatus: 'ok',
    failures: 0,
  });
});

test('a job for one time goes after its run, and stays where it is to', async () => {
  const at = new Date(START + MINUTE).toISOString();
  const gone = await world.add({ schedule: { kind: 'at', at } });
  const kept = await world.add({ schedule: { kind: 'at', at }, deleteAfterRun: false });
  expect(gone).toMatchObject({ deleteAfterRun: true, missed: 'once' });
  await world.pass(MINUTE);
  await world.ended(2);
  expect((await world.services.schedule.list()).map(({ id }) => id)).toEqual([kept.id]);
  expect(await world.services.schedule.get(kept.id)).toMatchObject({ enabled: false });
});

test('a job for the main session speaks there, and answers where the owner last wrote', async () => {
  await world.close();
  world = await openWorld({ session: { dmScope: 'main' } });
  await world.harness.network.deliver(direct('42', 'hello'));
  await until(() => world.harness.network.sent.length === 1);
  await world.add({
    payload: { kind: 'systemEvent', text: 'Water the plants.' },
    delivery: { mode: 'announce' },
  });
  await world.pass(10 * MINUTE);
  await world.ended(1);
  await until(() => world.harness.network.texts('42').length === 2, 'the answer');
  expect(world.harness.network.texts('42').at(-1)).toContain('Water the plants.');
  const { messages } = await world.services.chat.history('main', { limit: 10 });
  expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user', 'assistant']);
});

test('a job for the main session says nothing to somebody else who wrote there last', async () => {
  await world.close();
  world = await openWorld({ session: { dmScope: 'main' } });
  await world.harness.network.deliver(direct('43', 'hello'));
  await until(() => world.harness.network.sent.length === 1);
  await world.add({
    payload: { kind: 'systemEvent', text: 'The secret of the owner.' },
    delivery: { mode: 'announce' },
  });
  await world.pass(10 * MINUTE);
  await world.ended(1);
  expect(world.harness.network.texts('43')).toHaveLength(1);
});

test('runs of one job never overlap: a time that comes meanwhile is left out', async () => {
  const gate = Promise.withResolvers<void>();
  world.harness.model.script.push(async function* () {
    await gate.promise;
    yield { type: 'text', delta: 'slow' };
    yield { type: 'finish', reason: 'stop', usage: {} };
  });
  const { id } = await world.add();
  await world.pass(10 * MINUTE);
  await until(() => world.harness.model.requests.length === 1);
  await world.pass(10 * MINUTE);
  await world.ended(1);
  const [left] = await world.services.schedule.runs({ limit: 10 });
  expect(left).toMatchObject({ status: 'skipped', error: 'schedule.overlap' });
  await expect(world.services.schedule.run(cli, id)).rejects.toMatchObject({
    code: 'schedule.running',
  });
  expect(world.harness.model.requests).toHaveLength(1);
  gate.resolve();
  await world.ended(2);
  expect(await world.services.schedule.get(id)).toMatchObject({ lastStatus: 'ok' });
});

test('a job is started by hand, and keeps its times', async () => {
  const { id, nextRunAt } = await world.add();
  const { runId } = await world.services.schedule.run(cli, id);
  await world.ended(1);
  expect(await world.services.schedule.runs({ id, limit: 5 })).toMatchObject([
    { runId, status: 'ok' },
  ]);
  expect(await world.services.schedule.get(id)).toMatchObject({ nextRunAt });
});

test('a job that is switched off does not run', async () => {
  const { id } = await world.add();
  await world.services.schedule.update(cli, id, { enabled: false });
  await world.pass(60 * MINUTE);
  expect(world.harness.model.requests).toEqual([]);
  expect(await world.services.schedule.get(id)).not.toHaveProperty('nextRunAt');
  expect(await world.services.schedule.update(cli, id, { enabled: true })).toMatchObject({
    nextRunAt: START + 70 * MINUTE,
  });
});

test('nothing runs where cron.enabled is false, and jobs are kept', async () => {
  await world.close();
  world = await openWorld({ cron: { enabled: false } });
  await world.add();
  await world.pass(10 * MINUTE);
  expect(world.harness.model.requests).toEqual([]);
  expect(await world.services.schedule.status()).toEqual({ enabled: false, jobs: 1 });
});

test('listeners hear of a job and of its run, once each', async () => {
  const heard: string[] = [];
  world.services.listen((notice) => {
    if (notice.type === 'cron') heard.push(notice.action);
  });
  const { id } = await world.add();
  await world.pass(10 * MINUTE);
  await world.ended(1);
  await until(() => heard.includes('finished'));
  await world.services.schedule.remove(cli, id);
  expect(heard).toEqual(['added', 'started', 'finished', 'removed']);
});

test('the transcript of a run goes a day after it, the run itself a month after', async () => {
  await world.add();
  await world.pass(10 * MINUTE);
  await world.ended(1);
  const { store, clock } = world.harness;
  const runs = new JobRuns(
    { store, lease: undefined, now: () => clock.now } as unknown as Kernel,
    {} as Jobs,
    { onEnd: () => undefined } as unknown as GatewayInbox,
  );
  const kept = async (): Promise<readonly boolean[]> => {
    const [run] = await world.services.schedule.runs({ limit: 1 });
    const { total } = await world.services.sessions.list({ search: ':cron:' });
    return [run !== undefined, run?.sessionKey !== undefined, total === 1];
  };
  expect(await runs.sweep(clock.now + 23 * HOUR)).toBe(0);
  expect(await kept()).toEqual([true, true, true]);
  expect(await runs.sweep(clock.now + 24 * HOUR)).toBe(1);
  expect(await kept()).toEqual([true, false, false]);
  expect(await runs.sweep(clock.now + 30 * 24 * HOUR)).toBe(1);
  expect(await kept()).toEqual([false, false, false]);
});
