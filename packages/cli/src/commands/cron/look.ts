/**
 * `openclaw cron`: looking at what the agent is to do later.
 *
 * @module
 */
import type { CronJob } from '@portcullis/protocol';

import type { CommandHandler } from '../../command.ts';
import { formatDuration, formatInstant } from '../../terminal/time.ts';
import { withOperator } from '../operator-session.ts';

const DEFAULT_RUNS = 20;
const MOST_JOBS = 200;

/** `openclaw cron status`. */
export const cronStatus: CommandHandler = (invocation) =>
  withOperator(invocation, async ({ ask }) => {
    const { out, json } = invocation;
    const status = await ask('cron.status', {});
    if (json) {
      out.json({ ok: true, ...status });
      return;
    }
    out.line(`Scheduler: ${status.enabled ? 'on' : 'off (cron.enabled is false)'}`);
    out.line(`Jobs:      ${String(status.jobs)}`);
    out.line(`Next run:  ${status.nextWakeAtMs === null ? 'none' : inTime(status.nextWakeAtMs)}`);
  });

/** `openclaw cron list`. */
export const listJobs: CommandHandler = (invocation) =>
  withOperator(invocation, async ({ ask }) => {
    const { input, out, json } = invocation;
    const { jobs, total } = await ask('cron.list', {
      includeDisabled: input.flag('all'),
      limit: MOST_JOBS,
    });
    if (json) {
      out.json({ ok: true, jobs, total });
      return;
    }
    if (jobs.length === 0) {
      out.line(input.flag('all') ? 'There is no job.' : 'No job is switched on.');
      return;
    }
    out.table(
      ['ID', 'NAME', 'WHEN', 'NEXT', 'LAST', 'AGENT', 'MADE BY'],
      jobs.map((job) => [
        job.id,
        job.name,
        whenOf(job),
        job.state.nextRunAtMs === undefined ? 'off' : inTime(job.state.nextRunAtMs),
        lastOf(job),
        job.agentId,
        job.createdBy,
      ]),
    );
  });

/** `openclaw cron runs`. */
export const listRuns: CommandHandler = (invocation) =>
  withOperator(invocation, async ({ ask }) => {
    const { input, out, json } = invocation;
    const id = input.text('id');
    const { entries } = await ask('cron.runs', {
      limit: input.count('limit') ?? DEFAULT_RUNS,
      ...(id === undefined ? {} : { id }),
    });
    if (json) {
      out.json({ ok: true, runs: entries });
      return;
    }
    if (entries.length === 0) {
      out.line('No run is over yet.');
      return;
    }
    out.table(
      ['FOR', 'JOB', 'STATUS', 'TOOK', 'WHY', 'SESSION'],
      entries.map((run) => [
        formatInstant(run.runAtMs),
        run.jobName,
        run.status,
        formatDuration(run.durationMs),
        run.error ?? '',
        run.sessionKey ?? '',
      ]),
    );
  });

/** The times of a job in few words. */
export function whenOf({ schedule }: CronJob): string {
  switch (schedule.kind) {
    case 'at':
      return `at ${schedule.at}`;
    case 'every':
      return `every ${formatDuration(schedule.everyMs)}`;
    case 'cron':
      return `${schedule.expr} ${schedule.tz ?? 'UTC'}`;
  }
}

function lastOf({ state }: CronJob): string {
  if (state.runningAtMs !== undefined) return 'running';
  const why = state.lastError === undefined ? '' : ` (${state.lastError})`;
  return state.lastStatus === undefined ? '' : `${state.lastStatus}${why}`;
}

function inTime(at: number): string {
  return `${formatInstant(at)} (in ${formatDuration(Math.max(0, at - Date.now()))})`;
}
