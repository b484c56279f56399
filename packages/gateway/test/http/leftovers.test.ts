/** What a caller leaves behind is bounded in time, and what he starts ends with his rights. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { until } from '../pipeline/harness.ts';
import { calls, tool } from '../pipeline/probe.ts';
import { ADMIN, HttpWorld, openHttp } from './world.ts';

const DAY_MS = 24 * 3_600_000;

let world: HttpWorld;
let refused: unknown;

const cron = tool('cron', async (_input, { brokers }) => {
  const draft = {
    name: 'later',
    schedule: { kind: 'every', everyMs: 3_600_000 },
    payload: { kind: 'agentTurn', message: 'x' },
  } as const;
  await brokers.schedule?.add(draft).catch((error: unknown) => (refused = error));
  return { text: 'asked' };
});

beforeEach(async () => {
  // Only the clock of the hourly sweep is ours; everything else runs as it does.
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  world = await openHttp({ tools: [cron] });
});

afterEach(async () => {
  await world.close();
  vi.useRealTimers();
});

async function sessions(): Promise<readonly string[]> {
  const { sessions: rows } = await world.harness.gateway.services.sessions.list();
  return rows.map(({ key }) => key.split(':')[4] ?? '').toSorted();
}

test('sessions of single requests and of responses go when nobody comes back for them', async () => {
  const { clock } = world.harness;
  await world
    .client(undefined, { 'Idempotency-Key': 'named' })
    .chat.completions.create({ model: 'openclaw', messages: [{ role: 'user', content: 'x' }] });
  await world.client().responses.create({ model: 'openclaw', input: 'x' });
  await world.client().responses.create({ model: 'openclaw', input: 'x', user: 'ann' });
  expect(await sessions()).toEqual(['once', 'thread', 'user']);
  clock.now += DAY_MS - 1;
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(await sessions()).toEqual(['once', 'thread', 'user']);
  clock.now += 1;
  await vi.advanceTimersByTimeAsync(3_600_000);
  await until(async () => (await sessions()).length === 2, 'the end of the single request');
  expect(await sessions()).toEqual(['thread', 'user']);
  clock.now += 30 * DAY_MS;
  await vi.advanceTimersByTimeAsync(3_600_000);
  await until(async () => (await sessions()).length === 1, 'the end of the response');
  expect(await sessions()).toEqual(['user']);
});

test('P23.01: nobody makes a job over HTTP, since it would outlive his token', async () => {
  world.harness.model.script.push(calls({ name: 'cron' }));
  await world.client(ADMIN).chat.completions.create({
    model: 'openclaw',
    messages: [{ role: 'user', content: 'do it every hour' }],
  });
  expect(refused).toMatchObject({ code: 'schedule.exceeds_maker' });
  expect(await world.harness.gateway.services.schedule.list()).toEqual([]);
});

test('an answer that breaks inside leaves no sign of life behind', async () => {
  const send = vi.spyOn(world.harness.gateway.services.chat, 'send');
  send.mockRejectedValue(new Error('broken'));
  const before = vi.getTimerCount();
  const { status } = await world.post('/v1/responses', {
    model: 'openclaw',
    input: 'x',
    stream: true,
  });
  expect(status).toBe(500);
  expect(vi.getTimerCount()).toBe(before);
});
