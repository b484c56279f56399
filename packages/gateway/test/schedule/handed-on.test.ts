/** What a job takes along from where it was made, and what it may not do any more once it is gone. */
import type { ScheduleBroker, Tool } from '@portcullis/core';
import { afterEach, expect, test } from 'vitest';

import { jobsTable } from '../../src/schedule/job.ts';
import { openSession, readSession, writeSession } from '../../src/session/sessions.ts';
import { type Harness, cli, inRoom, openHarness, until } from '../pipeline/harness.ts';
import { callsNext } from '../pipeline/session-tools.ts';
import { tell } from '../pipeline/tell-tool.ts';
import { CONFIG, MINUTE, World, openWorld } from './world.ts';

const OF_OWNER = 'agent:main:telegram:direct:42';
const OF_ROOM = 'agent:main:telegram:group:-100';
const ONCE = { kind: 'at', at: '2023-11-14T22:14:00Z' } as const;
const TURN = { kind: 'agentTurn', message: 'Is the tea ready?' } as const;
const MENTION = { facts: { nativeMention: true } } as const;
const HEARD = { u: 3, P: ['workspace'] } as const;

let world: World | undefined;
let harness: Harness | undefined;
afterEach(async () => {
  // A room that heard something private waits for an approver: it is not waited for.
  await world?.harness.gateway.stop('test', 20);
  await world?.close();
  await harness?.close();
  world = undefined;
  harness = undefined;
});

/** A job that was made in the owner's own conversation when that had heard a stranger. */
async function madeByTainted(in_: World): Promise<string> {
  const made = in_.use(async (schedule) => {
    await in_.harness.store.transact(async (tx) => {
      const session = await readSession(tx, OF_OWNER);
      if (session === undefined) throw new Error('no session');
      writeSession(tx, { ...session, flow: HEARD });
    });
    return await schedule.add({ name: 'pay', schedule: ONCE, payload: TURN });
  });
  await in_.services.approvals.resolve(cli, (await in_.question()).id, 'allow-once');
  const { id } = await made;
  await until(async () => (await in_.audit('turn.answered')).length === 1, 'the turn to end');
  return id;
}

/** Has the owner make the agent use its broker in a room that has heard nothing. */
async function useInRoom<T>(in_: World, use: (schedule: ScheduleBroker) => Promise<T>): Promise<T> {
  in_.harness.model.script.push(async function* () {
    yield { type: 'tool-call', id: 'room', name: 'cron', input: {} };
    yield { type: 'finish', reason: 'tool-calls', usage: {} };
  });
  const done = in_.next(use);
  await in_.harness.network.deliver(inRoom('-100', '42', 'about that job', MENTION));
  return await done;
}

async function labelOf(in_: World, key: string): Promise<unknown> {
  return (await in_.harness.store.transact((tx) => readSession(tx, key)))?.flow;
}

test('a job that is changed elsewhere stays what it was made of', async () => {
  world = await openWorld();
  const id = await madeByTainted(world);
  const changing = useInRoom(world, (schedule) => schedule.update(id, { name: 'tea' }));
  const item = await world.question();
  expect(item).toMatchObject({ code: 'flow.self.untrusted', sessionKey: OF_ROOM });
  await world.services.approvals.resolve(cli, item.id, 'allow-once');
  await changing;
  const row = await world.harness.store.transact((tx) => tx.get(jobsTable, id));
  const label = { u: 3, P: [`conv:${OF_OWNER}`, 'workspace'] };
  expect(row).toMatchObject({ name: 'tea', label });
  expect(await labelOf(world, OF_ROOM)).toEqual(label);
  // Each yes to what a stranger may have caused is an exception of its own.
  expect(await world.audit('flow.declassified')).toHaveLength(2);
});

test('a job brings what it knew, also to a session that began anew while it waited', async () => {
  world = await openWorld();
  const { store, steps } = world.harness;
  const id = await madeByTainted(world);
  let key = '';
  steps.push = (...passed) => {
    if (!passed.includes('turn.before-begin')) return 0;
    void store.transact(async (tx) => {
      const session = await readSession(tx, key);
      if (session !== undefined) writeSession(tx, { ...session, flow: { u: 0, P: [] } });
    });
    return 0;
  };
  const row = await store.transact((tx) => tx.get(jobsTable, id));
  key = `agent:main:cron:${id}:run:${String(row?.due)}`;
  await world.pass(10 * MINUTE);
  await world.ended(1);
  expect(await labelOf(world, key)).toMatchObject({ u: 3, P: ['workspace'] });
});

test('the runs of a job tell its name, and what its maker knew counts as known', async () => {
  world = await openWorld();
  await madeByTainted(world);
  await world.pass(10 * MINUTE);
  await world.ended(1);
  expect(await world.services.schedule.list()).toEqual([]);
  expect(await useInRoom(world, (schedule) => schedule.runs())).toMatchObject([{ jobName: 'pay' }]);
  expect(await labelOf(world, OF_ROOM)).toEqual({ u: 3, P: [`conv:${OF_OWNER}`, 'workspace'] });
});

test('P21.02: a yes comes too late for a job that was removed meanwhile', async () => {
  harness = await openHarness({ config: CONFIG, tools: [tell as Tool] });
  const { model, network, store, gateway } = harness;
  const { schedule, approvals } = gateway.services;
  await store.transact(async (tx) => {
    const session = await openSession(tx, { key: 'agent:main:main', agentId: 'main', now: 1 });
    writeSession(tx, { ...session, flow: HEARD });
  });
  const job = await schedule.add(cli, {
    name: 'tell',
    schedule: { kind: 'every', everyMs: 60 * MINUTE },
    payload: { kind: 'systemEvent', text: 'tell 43' },
    delivery: { mode: 'none' },
  });
  callsNext(model, 'tell', { to: 'telegram:43', text: 'psst' });
  await schedule.run(cli, job.id);
  await until(async () => (await approvals.pending()).length === 1, 'a question');
  const [item] = await approvals.pending();
  await schedule.remove(cli, job.id);
  await approvals.resolve(cli, item?.id ?? '', 'allow-once');
  await until(() => model.heard.length === 2, 'the result of the call');
  expect(model.heard[1]).toContain('capability.revoked');
  expect(network.texts('43')).toEqual([]);
});

test('a job that is changed while its run waits loses that run and goes on', async () => {
  world = await openWorld();
  const { chat, schedule } = world.services;
  const { model } = world.harness;
  const busy = Promise.withResolvers<void>();
  model.script.push(async function* () {
    await busy.promise;
    yield { type: 'finish', reason: 'stop', usage: {} };
  });
  await chat.send(cli, { sessionKey: 'main', message: 'think', idempotencyKey: 'busy' });
  await until(() => model.requests.length === 1, 'the turn before it');
  const payload = { kind: 'systemEvent', text: 'x' } as const;
  const { id } = await world.add({ payload, delivery: { mode: 'none' } });
  await schedule.run(cli, id);
  await schedule.update(cli, id, { name: 'coffee' });
  busy.resolve();
  await world.ended(1);
  expect(await schedule.runs({ limit: 5 })).toMatchObject([{ error: 'schedule.run_stopped' }]);
  expect(await schedule.get(id)).toMatchObject({ name: 'coffee', enabled: true });
  await world.pass(10 * MINUTE);
  await world.ended(2);
  expect((await schedule.get(id)).lastStatus).toBe('ok');
});
