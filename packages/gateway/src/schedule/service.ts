/**
 * Scheduled jobs for operators.
 *
 * @module
 */
import {
  type Job,
  type JobDraft,
  type JobPatch,
  type JobRun,
  PortcullisError,
  type ScheduleStatus,
} from '@portcullis/core';

import { MAIN_AGENT } from '../agents.ts';
import type { Caller } from '../services/caller.ts';
import type { Kernel } from '../kernel.ts';
import type { ScheduleService } from '../services/schedule.ts';
import type { Clock } from './clock.ts';
import { type JobRunRow, describeJob } from './job.ts';
import type { Jobs } from './jobs.ts';
import { type Reach, madeByOperator } from './making.ts';

/** How the jobs of a gateway are doing. */
export async function statusOf(jobs: Jobs, clock: Clock): Promise<ScheduleStatus> {
  const rows = await jobs.list();
  const due = clock.enabled ? rows[0]?.due : undefined;
  return {
    enabled: clock.enabled,
    jobs: rows.length,
    ...(due === undefined ? {} : { nextRunAt: due }),
  };
}

/** A run as it is told of. */
export function describeRun({
  sweepAt: _at,
  label: _label,
  madeIn: _in,
  ...run
}: JobRunRow): JobRun {
  return run;
}

/** Jobs as operators see and change them. */
export class OperatorSchedule implements ScheduleService {
  readonly #kernel: Kernel;
  readonly #jobs: Jobs;
  readonly #clock: Clock;
  readonly #reach: Reach;

  constructor(kernel: Kernel, rooms: { jobs: Jobs; clock: Clock; reach: Reach }) {
    this.#kernel = kernel;
    this.#jobs = rooms.jobs;
    this.#clock = rooms.clock;
    this.#reach = rooms.reach;
  }

  async status(): Promise<ScheduleStatus> {
    return await statusOf(this.#jobs, this.#clock);
  }

  async list(): Promise<readonly Job[]> {
    return (await this.#jobs.list()).map(describeJob);
  }

  async get(id: string): Promise<Job> {
    return describeJob(await this.#jobs.get(id));
  }

  async add(caller: Caller, draft: JobDraft): Promise<Job> {
    const planned = await this.#jobs.plan(draft);
    const agentId = this.#agent(draft.agentId);
    const making = madeByOperator(this.#kernel, this.#reach, caller, agentId);
    return describeJob(await this.#jobs.add(planned, making));
  }

  async update(caller: Caller, id: string, patch: JobPatch): Promise<Job> {
    const { row, ...planned } = await this.#jobs.planChange(id, patch);
    const making = madeByOperator(this.#kernel, this.#reach, caller, row.agentId);
    const { conversation } = row.maker;
    // It goes on answering where it did.
    const maker = { ...making.maker, ...(conversation === undefined ? {} : { conversation }) };
    return describeJob(
      await this.#jobs.change(id, planned, { ...making, label: row.label, maker }),
    );
  }

  async remove(caller: Caller, id: string): Promise<boolean> {
    return await this.#jobs.remove(id, caller.id);
  }

  async run(_caller: Caller, id: string): Promise<{ readonly runId: string }> {
    return await this.#clock.runNow(id);
  }

  async runs(options: { id?: string; limit: number }): Promise<readonly JobRun[]> {
    return (await this.#jobs.runs(options)).map(describeRun);
  }

  #agent(wanted: string | undefined): string {
    const agents = this.#kernel.agents();
    if (wanted === undefined) return agents.find(({ isDefault }) => isDefault)?.id ?? MAIN_AGENT;
    if (agents.some(({ id }) => id === wanted)) return wanted;
    throw new PortcullisError('schedule.invalid', 'There is no such agent.', {
      hint: 'The agents are in agents.entries of the config.',
    });
  }
}
