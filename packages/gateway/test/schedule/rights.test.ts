/** What a job may do, and for how long: never more than its maker, and nothing once he lost it. */

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { readSession, writeSession } from '../../src/session/sessions.ts';
import { cli, direct, inRoom, until } from '../pipeline/harness.ts';
import { MINUTE, World, openWorld } from './world.ts';

const EVERY = { kind: 'every', everyMs: 10 * MINUTE } as const;
const MENTION = { facts: { nativeMention: true } } as const;
const TURN = { kind: 'agentTurn', message: 'Is the tea ready?' } as const;

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(async () => {
  await world.close();
});

/** The names of the tools the last request offered. */
function offered(): readonly string[] {
  return (
    world.harness.model.requests
      .at(-1)
      ?.tools.map(({ name }) => name)
      .toSorted() ?? []
  );
}

/** Raises the label of the owner's session, as a page of the web would. */
async function hearStranger(): Promise<void> {
  await world.harness.network.deliver(direct('42', 'what does this page say?'));
  await until(() => world.harness.network.sent.length === 1);
  await world.harness.store.transact(async (tx) => {
    const session = await readSession(tx, 'agent:main:telegram:direct:42');
    if (session === undefined) throw new Error('no session');
    writeSession(tx, { ...session, flow: { u: 3, P: ['workspace'] } });
  });
}

describe('P21.01 P21.02 jobs are the owner’s', () => {
  test('nobody else is offered the tool, and a call of it is refused', async () => {
    world.harness.model.script.push(async function* () {
      yield { type: 'tool-call', id: 'x', name: 'cron', input: {} };
      yield { type: 'finish', reason: 'tool-calls', usage: {} };
    });
    await world.harness.network.deliver(direct('43', 'schedule something'));
    await until(() => world.harness.network.sent.length === 1);
    expect(offered()).toEqual(['read', 'web_fetch']);
    expect(await world.audit('tool.owner_only')).toHaveLength(1);
  });

  test('a job is offered what its maker has, without the tools for owners only', async () => {
    await world.use((schedule) => schedule.add({ name: 'tea', schedule: EVERY, payload: TURN }));
    await world.pass(10 * MINUTE);
    await world.ended(1);
    expect(offered()).toEqual(['read', 'web_fetch']);
  });

  test('a job is offered the tools it names and no others, and calls no others', async () => {
    await world.add({ payload: { ...TURN, toolsAllow: ['read'] } });
    world.harness.model.script.push(async function* () {
      yield { type: 'tool-call', id: 'x', name: 'web_fetch', input: {} };
      yield { type: 'finish', reason: 'tool-calls', usage: {} };
    });
    await world.pass(10 * MINUTE);
    await world.ended(1);
    expect(offered()).toEqual(['read']);
    const refusals = await world.audit('capability.exceeds_parent');
    expect(refusals).toHaveLength(1);
    expect(refusals[0]?.entry).toMatchObject({ kind: 'tool', tool: 'web_fetch' });
  });

  test.each(['cron', 'gateway', 'exec', 'nothing'])(
    'a job that names %s is refused',
    async (tool) => {
      const draft = { name: 'x', schedule: EVERY, payload: { ...TURN, toolsAllow: [tool] } };
      expect(await world.refused((schedule) => schedule.add(draft))).toBe('schedule.exceeds_maker');
      await expect(world.services.schedule.add(cli, draft)).rejects.toMatchObject({
        code: 'schedule.exceeds_maker',
      });
      expect(await world.services.schedule.list()).toEqual([]);
    },
  );

  test('a tool that its maker loses is gone for his job too', async () => {
    await world.close();
    world = await openWorld({
      tools: { profile: 'full', toolsBySender: { 'id:42': { deny: [] } } },
    });
    const { id } = await world.add({ payload: { ...TURN, toolsAllow: ['read', 'web_fetch'] } });
    await world.restartWith({ tools: { profile: 'full', deny: ['web_fetch'] } });
    await world.services.schedule.run(cli, id);
    await world.ended(1);
    expect(offered()).toEqual(['read']);
  });

  test('an agent makes jobs for itself only', async () => {
    const draft = { name: 'x', schedule: EVERY, payload: TURN, agentId: 'other' };
    expect(await world.refused((schedule) => schedule.add(draft))).toBe('schedule.exceeds_maker');
  });
});

describe('a maker who lost his authority', () => {
  test('has his jobs stopped before they run, on purpose and on record', async () => {
    const { id } = await world.use((schedule) =>
      schedule.add({ name: 'tea', schedule: EVERY, payload: TURN }),
    );
    const before = world.harness.model.requests.length;
    await world.restartWith({ commands: { ownerAllowFrom: ['telegram:43'] } });
    await world.pass(10 * MINUTE);
    await world.ended(1);
    expect(world.harness.model.requests).toHaveLength(0);
    expect(before).toBeGreaterThan(0);
    expect(await world.services.schedule.get(id)).toMatchObject({
      enabled: false,
      lastError: 'event.cron.creator_revoked',
    });
    const [line] = await world.audit('event.cron.creator_revoked');
    expect(line?.entry).toMatchObject({ kind: 'admit', effect: 'deny', principal: `cron:${id}` });
    const ends = await world.audit('schedule.ended');
    expect(ends[0]?.entry).toMatchObject({ job: id, cause: 'event.cron.creator_revoked' });
  });

  test('stops them also when he is kept out of his channel', async () => {
    await world.use((schedule) => schedule.add({ name: 'tea', schedule: EVERY, payload: TURN }));
    await world.restartWith({ channels: { telegram: { enabled: false } } });
    await world.pass(10 * MINUTE);
    await world.ended(1);
    expect(await world.audit('event.cron.creator_revoked')).toHaveLength(1);
  });

  test('keeps nothing by a job that waits for its turn already', async () => {
    const { id } = await world.use((schedule) =>
      schedule.add({ name: 'tea', schedule: EVERY, payload: TURN }),
    );
    await world.services.schedule.remove(cli, id);
    await world.pass(10 * MINUTE);
    expect(world.prompts()).toEqual([]);
  });
});

describe('rights', () => {
  test('are taken back with the job, also from a run in progress', async () => {
    const { id } = await world.add({ payload: { ...TURN, toolsAllow: ['read'] } });
    world.harness.model.script.push(async function* () {
      await world.services.schedule.remove(cli, id);
      yield { type: 'tool-call', id: 'x', name: 'read', input: {} };
      yield { type: 'finish', reason: 'tool-calls', usage: {} };
    });
    await world.pass(10 * MINUTE);
    await until(() => world.harness.model.requests.length === 2);
    expect(await world.audit('capability.revoked')).toHaveLength(1);
    expect(offered()).toEqual([]);
  });

  test('are a year old at most, and then the owner hears of it', async () => {
    await world.use((schedule) => schedule.add({ name: 'tea', schedule: EVERY, payload: TURN }));
    const sent = world.harness.network.sent.length;
    await world.pass(366 * 24 * 60 * MINUTE);
    await world.ended(1);
    await world.pass(10 * MINUTE);
    await until(async () => {
      await world.look();
      return world.harness.network.sent.length > sent;
    });
    expect(world.prompts()).toEqual([]);
    expect(world.harness.network.texts('42').at(-1)).toContain('rights are a year old');
    const [job] = await world.services.schedule.list();
    expect(job).toMatchObject({ enabled: false, lastError: 'capability.expired' });
  });
});

describe('what the session had seen', () => {
  test('makes every change of a job a question that shows its exact prompt', async () => {
    await hearStranger();
    const adding = world.use((schedule) =>
      schedule.add({ name: 'pay', schedule: EVERY, payload: { ...TURN, message: 'Pay 999.' } }),
    );
    const item = await world.question();
    expect(item).toMatchObject({ code: 'flow.self.untrusted', tool: 'cron' });
    expect(JSON.parse(item.subject)).toMatchObject({
      job: { name: 'pay', payload: { message: 'Pay 999.' } },
    });
    await world.services.approvals.resolve(cli, item.id, 'deny');
    await expect(adding).rejects.toMatchObject({
      code: 'exec.approval.denied',
    });
    expect(await world.services.schedule.list()).toEqual([]);
  });

  test('is what every run starts with', async () => {
    await hearStranger();
    const adding = world.use((schedule) =>
      schedule.add({ name: 'pay', schedule: EVERY, payload: TURN }),
    );
    await world.services.approvals.resolve(cli, (await world.question()).id, 'allow-once');
    await adding;
    await world.pass(10 * MINUTE);
    await world.ended(1);
    const [run] = await world.services.schedule.runs({ limit: 1 });
    const session = await world.harness.store.transact((tx) =>
      readSession(tx, run?.sessionKey ?? ''),
    );
    expect(session?.flow).toEqual({ u: 3, P: ['workspace'] });
  });
});

test('P25.02 a job never speaks as its owner or as the system', async () => {
  await world.use((schedule) =>
    schedule.add({ name: 'a "b"\n<x>', schedule: EVERY, payload: TURN }),
  );
  await world.pass(10 * MINUTE);
  await world.ended(1);
  const request = world.harness.model.requests.at(-1);
  expect(request?.system).not.toContain('tea');
  expect(world.prompts()).toEqual([`(scheduled job "a  b   x") Is the tea ready?`]);
  const [line] = await world.audit('event.cron');
  expect(line?.entry['principal']).toMatch(/^cron:/u);
});

test('a job of a room answers there', async () => {
  world.harness.model.script.push(async function* () {
    yield { type: 'text', delta: 'hi' };
    yield { type: 'finish', reason: 'stop', usage: {} };
  });
  await world.harness.network.deliver(
    inRoom('-100', '42', 'hello', { facts: { nativeMention: true } }),
  );
  await until(() => world.harness.network.sent.length === 1);
  await world.add({ delivery: { mode: 'announce', channel: 'telegram', to: '-100' } });
  await world.pass(10 * MINUTE);
  await world.ended(1);
  await until(() => world.harness.network.texts('-100').length === 2);
});

test('looking at jobs brings what was said where they were made, and asks nobody', async () => {
  await world.use((schedule) => schedule.add({ name: 'tea', schedule: EVERY, payload: TURN }));
  const jobs = await world.use((schedule) => schedule.list());
  expect(jobs.map(({ name }) => name)).toEqual(['tea']);
  const key = 'agent:main:telegram:direct:42';
  const before = await world.harness.store.transact((tx) => readSession(tx, key));
  expect(before?.flow?.P).toEqual([]);
  // In a room the same list is news from another conversation.
  world.harness.model.script.push(async function* () {
    yield { type: 'tool-call', id: 'x', name: 'cron', input: {} };
    yield { type: 'finish', reason: 'tool-calls', usage: {} };
  });
  const listed = world.next((schedule) => schedule.list());
  await world.harness.network.deliver(inRoom('-100', '42', 'which jobs are there?', MENTION));
  expect(await listed).toHaveLength(1);
  const room = await world.harness.store.transact((tx) =>
    readSession(tx, 'agent:main:telegram:group:-100'),
  );
  expect(room?.flow?.P).toEqual([`conv:${key}`]);
});

test('a job whose agent is gone is left out, and says so', async () => {
  await world.add({ payload: { kind: 'systemEvent', text: 'x' }, delivery: { mode: 'none' } });
  await world.restartWith({ agents: { entries: { other: { default: true } } } });
  await world.pass(10 * MINUTE);
  await world.ended(1);
  expect(await world.services.schedule.runs({ limit: 5 })).toMatchObject([
    { status: 'skipped', error: 'schedule.no_session' },
  ]);
});
