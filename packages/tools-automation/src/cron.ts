/**
 * The tool `cron`: makes, shows, changes and removes what the agent does later.
 *
 * @module
 */
import {
  type Brokers,
  type Job,
  type JobRun,
  PortcullisError,
  type ScheduleBroker,
  type Tool,
} from '@portcullis/core';

import { type CronInput, INPUT, OFFERED } from './input.ts';

/** Schedules for the owner. */
export const cron: Tool<CronInput> = {
  name: 'cron',
  description:
    'Has you do something later: reminders and tasks that run once or again and again. Actions: ' +
    'status, list, add (job), update (id, patch), remove (id), run (id) and runs (id). A job of kind ' +
    'agentTurn runs its message as a prompt of its own, without this conversation: write down all ' +
    'it needs. Its answer comes here unless delivery says otherwise. Ask for the time zone where it ' +
    'matters and is not known.',
  input: INPUT,
  inputSchema: OFFERED,
  effects: ['schedule'],
  run: async (input, { brokers }) => ({ text: await act(scheduleOf(brokers), input) }),
};

async function act(schedule: ScheduleBroker, input: CronInput): Promise<string> {
  switch (input.action) {
    case 'status': {
      const { enabled, jobs, nextRunAt } = await schedule.status();
      const next = nextRunAt === undefined ? '' : `, the next at ${instant(nextRunAt)}`;
      return `The scheduler is ${enabled ? 'on' : 'off'} and has ${String(jobs)} jobs${next}.`;
    }
    case 'list': {
      const jobs = await schedule.list();
      const shown = jobs.filter(({ enabled }) => enabled || input.includeDisabled === true);
      return shown.length === 0 ? 'There are no jobs.' : shown.map(describe).join('\n');
    }
    case 'add':
      return `Added: ${describe(await schedule.add(input.job))}`;
    case 'update':
      return `Changed: ${describe(await schedule.update(input.id, input.patch))}`;
    case 'remove':
      return (await schedule.remove(input.id)) ? 'Removed.' : 'There is no such job.';
    case 'run': {
      const { runId } = await schedule.run(input.id);
      return `Started as ${runId}.`;
    }
    case 'runs': {
      const { id, limit } = input;
      const runs = await schedule.runs({
        ...(id === undefined ? {} : { id }),
        ...(limit === undefined ? {} : { limit }),
      });
      return runs.length === 0 ? 'No run is over yet.' : runs.map(describeRun).join('\n');
    }
  }
}

/** A job as one line of JSON, with its times as people write them. */
function describe(job: Job): string {
  const {
    createdAt: _made,
    updatedAt: _changed,
    nextRunAt,
    runningSince,
    lastRunAt,
    ...rest
  } = job;
  return JSON.stringify({
    ...rest,
    ...(nextRunAt === undefined ? {} : { nextRun: instant(nextRunAt) }),
    ...(runningSince === undefined ? {} : { runningSince: instant(runningSince) }),
    ...(lastRunAt === undefined ? {} : { lastRun: instant(lastRunAt) }),
  });
}

function describeRun({ jobName, scheduledAt, status, error }: JobRun): string {
  const why = error === undefined ? '' : ` (${error})`;
  return `${instant(scheduledAt)} ${JSON.stringify(jobName)}: ${status}${why}`;
}

function instant(at: number): string {
  return new Date(at).toISOString();
}

/** The `schedule` broker. Throws `schedule.unavailable` where the gateway offers none. */
function scheduleOf({ schedule }: Brokers): ScheduleBroker {
  if (schedule !== undefined) return schedule;
  throw new PortcullisError('schedule.unavailable', 'This gateway schedules nothing.', {
    hint: 'Do without it.',
  });
}
