/** Times that pass while nobody looks, runs that fail, and a gateway that starts again in between. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { cli, direct, until } from '../pipeline/harness.ts';
import { MINUTE, START, World, openWorld } from './world.ts';

const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(async () => {
  await world.close();
});

/** Has the model fail `count` times. */
function fail(count: number): void {
  for (let index = 0; index < count; index += 1) {
    // oxlint-disable-next-line require-yield
    world.harness.model.script.push(async function* () {
      throw new Error('the model is gone');
    });
  }
}

describe('a time that passed while the gateway was off', () => {
  const at = new Date(START + HOUR).toISOString();

  test('is made up for once where the job says so, however many there were', async () => {
    await world.add({ missed: 'once' });
    await world.restartAfter(5 * HOUR);
    await world.ended(1);
    expect(world.prompts()).toHaveLength(1);
    const [job] = await world.services.schedule.list();
    expect(job?.nextRunAt).toBe(START + 5 * HOUR + 10 * MINUTE);
  });

  test('is left out where it does not, and the job goes on', async () => {
    await world.add();
    await world.restartAfter(5 * HOUR);
    await world.ended(1);
    expect(world.prompts()).toEqual([]);
    expect(await world.services.schedule.runs({ limit: 5 })).toMatchObject([
      { status: 'skipped', error: 'schedule.missed', scheduledAt: START + 10 * MINUTE },
    ]);
    await world.pass(10 * MINUTE);
    await world.ended(2);
    expect(world.prompts()).toHaveLength(1);
  });

  test('is made up for by a job for one time', async () => {
    await world.add({ schedule: { kind: 'at', at } });
    await world.restartAfter(5 * HOUR);
    await world.ended(1);
    expect(world.prompts()).toHaveLength(1);
  });

  test('more than a day ago is left out by every job, and a job that is over says so', async () => {
    await world.harness.network.deliver(direct('42', 'hello'));
    await until(() => world.harness.network.sent.length === 1);
    await world.use((schedule) =>
      schedule.add({
        name: 'tea',
        schedule: { kind: 'at', at },
        payload: { kind: 'agentTurn', message: 'now' },
      }),
    );
    await world.restartAfter(2 * DAY);
    await until(() => world.harness.network.sent.length === 1, 'the notice');
    expect(world.harness.network.texts('42')).toEqual([
      expect.stringMatching(/I switched the scheduled job "tea" off\. Its time passed/u),
    ]);
    expect(world.prompts()).toEqual([]);
    await world.look();
    const [job] = await world.services.schedule.list();
    expect(job).toMatchObject({ enabled: false, lastStatus: 'skipped' });
  });
});

describe('a run that fails', () => {
  test('makes its job wait longer each time, and a good one forgives', async () => {
    const { id } = await world.add({ schedule: { kind: 'every', everyMs: MINUTE } });
    fail(2);
    await world.pass(MINUTE);
    await world.ended(1);
    const first = await world.services.schedule.get(id);
    expect(first).toMatchObject({ failures: 1, lastError: 'schedule.run_failed' });
    expect(first.nextRunAt).toBe(START + 2 * MINUTE);
    await world.pass(MINUTE);
    await world.ended(2);
    const second = await world.services.schedule.get(id);
    expect(second).toMatchObject({ failures: 2, nextRunAt: START + 7 * MINUTE });
    await world.pass(5 * MINUTE);
    await world.ended(3);
    expect(await world.services.schedule.get(id)).toMatchObject({
      failures: 0,
      lastStatus: 'ok',
      nextRunAt: START + 8 * MINUTE,
    });
  });

  test('switches its job off the fifth time in a row, and its maker hears of it once', async () => {
    await world.use((schedule) =>
      schedule.add({
        name: 'tea',
        schedule: { kind: 'every', everyMs: 2 * HOUR },
        payload: { kind: 'agentTurn', message: 'now' },
      }),
    );
    const sent = world.harness.network.sent.length;
    fail(5);
    for (let run = 1; run <= 5; run += 1) {
      await world.pass(2 * HOUR);
      await world.ended(run);
    }
    await until(() => world.harness.network.sent.length > sent, 'the notice');
    await world.pass(10 * HOUR);
    const texts = world.harness.network.texts('42').slice(sent);
    expect(texts).toEqual([expect.stringContaining('failed 5 times in a row')]);
    const [job] = await world.services.schedule.list();
    expect(job).toMatchObject({ enabled: false, failures: 5 });
    expect(await world.audit('schedule.off')).toHaveLength(1);
  });

  test('of a job for one time is its last, and its maker hears of it', async () => {
    await world.add({ schedule: { kind: 'at', at: new Date(START + MINUTE).toISOString() } });
    fail(1);
    await world.pass(MINUTE);
    await world.ended(1);
    const [job] = await world.services.schedule.list();
    expect(job).toMatchObject({ enabled: false, lastError: 'schedule.run_failed' });
  });

  test('is none when the owner stopped it', async () => {
    const { id } = await world.add();
    world.harness.model.script.push(async function* (_request, signal) {
      yield { type: 'text', delta: 'thinking' };
      await new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error));
      });
    });
    await world.pass(10 * MINUTE);
    await until(() => world.harness.model.requests.length === 1);
    const { sessions } = await world.services.sessions.list({ search: ':cron:' });
    const sessionKey = sessions[0]?.key ?? '';
    await until(async () => (await world.services.chat.abort(cli, { sessionKey })).length === 1);
    await world.ended(1);
    expect(await world.services.schedule.get(id)).toMatchObject({
      failures: 0,
      lastError: 'schedule.run_stopped',
      enabled: true,
    });
  });
});

describe('P12 a gateway that starts again', () => {
  test('finishes the run it was in, once, and does not start it twice', async () => {
    const { id } = await world.add();
    world.harness.model.script.push(async function* (_request, signal) {
      yield { type: 'text', delta: 'half' };
      await new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error));
      });
    });
    await world.pass(10 * MINUTE);
    await until(() => world.harness.model.requests.length === 1);
    await world.restart();
    await world.ended(1);
    expect(world.prompts()).toHaveLength(1);
    expect(await world.services.schedule.get(id)).toMatchObject({ lastStatus: 'ok' });
    await until(() => world.harness.network.sent.length === 1);
  });

  test('ends a run whose event is gone', async () => {
    const { jobsTable } = await import('../../src/schedule/job.ts');
    const { id } = await world.add();
    await world.harness.store.transact(async (tx) => {
      const row = await tx.get(jobsTable, id);
      if (row === undefined) throw new Error('no job');
      const running = { key: 'gone', runId: 'gone', sessionKey: 'x', scheduledAt: 1, startedAt: 1 };
      tx.put(jobsTable, id, { ...row, running });
    });
    await world.restart();
    expect(await world.services.schedule.get(id)).toMatchObject({
      lastError: 'schedule.run_lost',
      failures: 1,
    });
  });
});

describe('bounds', () => {
  test('there are 500 jobs at most', async () => {
    const draft = {
      name: 'tea',
      schedule: { kind: 'every', everyMs: DAY },
      payload: { kind: 'agentTurn', message: 'now' },
    } as const;
    const { MOST_JOBS } = await import('../../src/schedule/jobs.ts');
    await Promise.all(
      Array.from({ length: MOST_JOBS }, () => world.services.schedule.add(cli, draft)),
    );
    await expect(world.services.schedule.add(cli, draft)).rejects.toMatchObject({
      code: 'schedule.full',
    });
  });

  test.each([
    { what: 'no name', change: { name: ' ' } },
    { what: 'a name of 201 characters', change: { name: 'x'.repeat(201) } },
    { what: 'no prompt', change: { payload: { kind: 'agentTurn', message: '' } } as const },
    {
      what: 'an id without a channel',
      change: { delivery: { mode: 'announce', to: '42' } } as const,
    },
    {
      what: 'a receiver outside the main session',
      change: {
        payload: { kind: 'systemEvent', text: 'x' },
        delivery: { mode: 'announce', channel: 'telegram', to: '42' },
      } as const,
    },
  ])('a job with $what is refused', async ({ change }) => {
    await expect(world.add(change)).rejects.toMatchObject({ code: 'schedule.invalid' });
  });

  test('a receiver on a channel there is not is refused', async () => {
    const delivery = { mode: 'announce', channel: 'carrier-pigeon', to: '1' } as const;
    await expect(world.add({ delivery })).rejects.toMatchObject({ code: 'send.unknown_peer' });
  });
});
