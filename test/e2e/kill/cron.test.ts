/**
 * The gateway is killed at every point of the way of a scheduled job, again and again on one state
 * directory. At the end every job that was taken ran once, and answered once or is named as doubtful.
 */
import { setTimeout as sleep } from 'node:timers/promises';

import type { FakeAnswer, FakeModelRequest } from '@portcullis/testkit';
import { describe, expect, test } from 'vitest';

import type { Operator } from '../../../packages/cli/src/compose/operator.ts';
import { type World, createWorld, lastUserText, until } from '../world.ts';
import { SEEDS, generator, shuffledSteps } from './generator.ts';

const REACH_MS = 15_000;
const OWNER = 7;

interface Job {
  readonly id: string;
  readonly name: string;
  readonly state: { readonly lastStatus?: string; readonly runningAtMs?: number };
}

interface Run {
  readonly jobId: string;
  readonly status: string;
  readonly error?: string;
}

function respond(request: FakeModelRequest): string | FakeAnswer {
  const text = lastUserText(request);
  const isFirst = request.lastText === text;
  if (isFirst && text.includes('use a tool'))
    return { toolCalls: [{ name: 'read', input: { path: 'x' } }] };
  return `answer to ${text.slice(text.lastIndexOf('#'))}`;
}

/** Has a job made for right now. The gateway may die under the call; what it committed counts. */
async function schedule(world: World, name: string, message: string): Promise<void> {
  let operator: Operator | undefined;
  try {
    operator = await world.operator();
    await operator.call('cron.add', {
      name,
      schedule: { kind: 'at', at: new Date(Date.now() + 100).toISOString() },
      payload: { kind: 'agentTurn', message: `${message} ${name}` },
      delivery: { mode: 'announce', channel: 'telegram', to: String(OWNER) },
      deleteAfterRun: false,
    });
  } catch {
    // It died before it answered: whether there is such a job shows in the list.
  } finally {
    await operator?.close().catch(() => undefined);
  }
}

// One round takes every point once; the rounds of the long run differ in their order.
describe.each(SEEDS.length > 50 ? SEEDS : SEEDS.slice(0, 1))('seed %i', (seed) => {
  test('every job ran once and answered once, or is named', { timeout: 240_000 }, async () => {
    const random = generator(seed);
    const world = await createWorld(respond, (config) => {
      const { telegram } = (config as { channels: { telegram: object } }).channels;
      return {
        ...config,
        commands: { ownerAllowFrom: [`telegram:${String(OWNER)}`] },
        channels: { telegram: { ...telegram, dmPolicy: 'allowlist', allowFrom: [String(OWNER)] } },
      };
    });
    world.telegram.addUser({ id: OWNER, firstName: 'Ada', started: true });
    try {
      let count = 0;
      for (const step of shuffledSteps(random, (each) => !each.startsWith('pairing.'))) {
        const gateway = await world.start(step, 1);
        // What an earlier life left may have led here already.
        if (gateway === undefined) continue;
        const message = step.startsWith('tool.') ? 'use a tool' : 'question';
        count += 1;
        await schedule(world, `#${String(count)}.`, message);
        const end = await Promise.race([gateway.ended, sleep(REACH_MS, 'late')]);
        expect(end, step).toBe('SIGKILL');
      }
      const last = await world.start();
      const operator = await world.operator();
      const list = async (): Promise<readonly Job[]> => {
        const params = { includeDisabled: true, limit: 200 };
        return (await operator.call<{ jobs: Job[] }>('cron.list', params)).jobs;
      };
      const isOver = async (): Promise<boolean> =>
        (await list()).every(
          ({ state }) => state.lastStatus !== undefined && state.runningAtMs === undefined,
        );
      await until(isOver, 'an end of every job', 60_000);
      type Outbox = { items: { state: string; preview: string }[] };
      const waiting = async (): Promise<Outbox['items']> =>
        (await operator.call<Outbox>('outbox.list', { limit: 1000 })).items;
      const isSent = async (): Promise<boolean> =>
        (await waiting()).every(({ state }) => state !== 'pending' && state !== 'sending');
      await until(isSent, 'an end of every answer', 60_000);
      const doubtful = new Set((await waiting()).map(({ preview }) => preview));
      const { entries } = await operator.call<{ entries: Run[] }>('cron.runs', { limit: 200 });
      const jobs = await list();
      expect(jobs.length).toBeGreaterThan(count / 2);
      for (const { id, name } of jobs) {
        const runs = entries.filter(({ jobId }) => jobId === id);
        expect(runs, name).toMatchObject([{ status: 'ok' }]);
        const said = world.telegram.sent.filter(({ text }) => text === `answer to ${name}`).length;
        const isDoubtful = doubtful.has(`answer to ${name}`);
        expect(said, `${name} was answered ${String(said)} times`).toBeLessThanOrEqual(1);
        expect(said === 1 || isDoubtful, `${name} was lost`).toBe(true);
      }
      expect(await operator.call('audit.verify', {})).toMatchObject({ ok: true });
      await operator.close();
      last?.child.kill('SIGTERM');
      expect(await last?.ended).toBe('0');
    } finally {
      await world.close();
    }
  });
});
