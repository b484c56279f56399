/**
 * The `schedule` broker: jobs that an owner asks his agent for.
 *
 * Making, changing, removing and starting a job changes what the gateway does by itself, so each is
 * decided as such a change; a question shows the whole job, its prompt word for word. Looking at jobs
 * brings what their makers said elsewhere into the session, and is written into its label.
 *
 * @module
 */
import {
  type Decision,
  type JobDelivery,
  type Json,
  PortcullisError,
  type ScheduleBroker,
} from '@portcullis/core';
import { type Sink, conversationClass, joinLabels, readLabel } from '@portcullis/policy/flow';

import { textHash } from '../audit/journal.ts';
import type { Kernel } from '../kernel.ts';
import type { Clock } from '../schedule/clock.ts';
import type { JobSpec } from '../schedule/draft.ts';
import { type JobRunRow, describeJob } from '../schedule/job.ts';
import type { Jobs } from '../schedule/jobs.ts';
import { type Reach, madeInTurn } from '../schedule/making.ts';
import { describeRun, statusOf } from '../schedule/service.ts';
import type { EffectFacts, EffectGate } from './effect.ts';

/** What the broker acts through. */
export interface ScheduleRooms {
  readonly jobs: Jobs;
  readonly clock: Clock;
  readonly reach: Reach;
}

/** Changing what the gateway does by itself, as a way out of a session. */
const CONTROL: Sink = { kind: 'control', tool: 'cron' };

/** Most runs in one answer. */
const MOST_RUNS = 200;

/** Schedules for one call. */
export function createScheduleBroker(
  kernel: Kernel,
  gate: EffectGate,
  { jobs, clock, reach }: ScheduleRooms,
): ScheduleBroker {
  const change = <T>(what: Change<T>): Promise<T> => perform(gate, what);
  const look = <T>(action: string, act: () => Promise<T>): Promise<T> =>
    perform(gate, { action, subject: {}, facts: {}, isLook: true, act });
  const making = async () => {
    const { run, event, flow } = gate.site;
    return madeInTurn(kernel, reach, { run, event, label: await flow.label() });
  };
  return {
    status: () => look('status', () => statusOf(jobs, clock)),
    list: () =>
      look('list', async () => {
        const rows = await jobs.list();
        await learn(
          gate,
          rows.map(({ label, maker }) => ({ label, madeIn: maker.sessionKey })),
        );
        return rows.map(describeJob);
      }),
    runs: ({ id, limit = 20 } = {}) =>
      look('runs', async () => {
        const runs = await jobs.runs({
          limit: Math.min(limit, MOST_RUNS),
          ...(id === undefined ? {} : { id }),
        });
        await learn(gate, runs);
        return runs.map(describeRun);
      }),
    add: async (draft) => {
      const { agentId } = gate.site.run;
      if (draft.agentId !== undefined && draft.agentId !== agentId) throw notOwnAgent();
      const planned = await jobs.plan(draft);
      return await change({
        action: 'add',
        subject: { job: shown(planned.spec), agentId },
        facts: factsOf(planned.spec),
        to: planned.spec.delivery,
        act: async () => describeJob(await jobs.add(planned, await making())),
      });
    },
    update: async (id, patch) => {
      const { row, ...planned } = await jobs.planChange(id, patch);
      if (row.agentId !== gate.site.run.agentId) throw notOwnAgent();
      // What is kept of it was written elsewhere, and goes on counting as what it was.
      await learn(gate, [{ label: row.label, madeIn: row.maker.sessionKey }]);
      return await change({
        action: 'update',
        subject: { id, job: shown(planned.spec) },
        facts: { job: id, ...factsOf(planned.spec) },
        to: planned.spec.delivery,
        act: async () => describeJob(await jobs.change(id, planned, await making())),
      });
    },
    remove: async (id) =>
      await change({
        action: 'remove',
        subject: { id, name: (await jobs.get(id)).name },
        facts: { job: id },
        act: () => jobs.remove(id, gate.site.run.principal.id),
      }),
    run: async (id) =>
      await change({
        action: 'start',
        subject: { id, job: shown(await jobs.get(id)) },
        facts: { job: id },
        act: () => clock.runNow(id),
      }),
  };
}

interface Change<T> {
  readonly action: string;
  readonly subject: Json;
  readonly facts: EffectFacts;
  /** Somebody else it will write to. */
  readonly to?: JobDelivery;
  /** True where nothing is changed. */
  readonly isLook?: true;
  readonly act: () => Promise<T>;
}

async function perform<T>(
  gate: EffectGate,
  { action, subject, facts, to, isLook, act }: Change<T>,
): Promise<T> {
  const { flow } = gate.site;
  return await gate.perform({
    kind: 'schedule',
    action,
    facts,
    subject,
    sink: CONTROL,
    decide: async () => {
      const control = await flow.decide(CONTROL);
      if (isLook === true) return [asLook(control)];
      const peer = to === undefined ? undefined : peerOf(to);
      return peer === undefined
        ? [control]
        : [control, await flow.decide({ kind: 'message', to: [peer] })];
    },
    act,
  });
}

/** Whoever may change jobs once he is asked may look at them unasked. */
function asLook(decision: Decision): Decision {
  return decision.effect === 'ask' ? { ...decision, effect: 'allow' } : decision;
}

function peerOf({ channel, to }: JobDelivery): string | undefined {
  return channel === undefined || to === undefined ? undefined : `${channel}:${to}`;
}

/** What was said where jobs were made is known here from now on. */
async function learn(
  gate: EffectGate,
  rows: readonly Pick<JobRunRow, 'label' | 'madeIn'>[],
): Promise<void> {
  const { flow, run } = gate.site;
  if (rows.length === 0) return;
  const stored = rows.map(({ label }) => readLabel(label)).reduce(joinLabels);
  const elsewhere = rows.flatMap(({ madeIn }) =>
    madeIn === undefined || madeIn === run.sessionKey ? [] : [madeIn],
  );
  const classes = [...new Set(elsewhere)].map(conversationClass);
  await flow.learn({ from: 'owner', stored, classes });
}

function shown({
  name,
  schedule,
  payload,
  delivery,
  missed,
  enabled,
  deleteAfterRun,
}: JobSpec): Json {
  return {
    name,
    schedule: { ...schedule },
    payload: { ...payload },
    delivery: { ...delivery },
    missed,
    enabled,
    deleteAfterRun,
  };
}

function factsOf({ schedule, payload }: JobSpec): EffectFacts {
  const text = payload.kind === 'agentTurn' ? payload.message : payload.text;
  return { schedule: schedule.kind, payload: payload.kind, textHash: textHash(text) };
}

function notOwnAgent(): PortcullisError {
  return new PortcullisError('schedule.exceeds_maker', 'An agent makes jobs for itself only.', {
    hint: 'Make it on the command line: openclaw cron add --agent <id>.',
  });
}
