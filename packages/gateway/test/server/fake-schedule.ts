/** Scheduled jobs that never run. */
import { type Job, type JobRun, PortcullisError } from '@portcullis/core';

import type { ScheduleService } from '../../src/services.ts';

/** Jobs in memory; `runs` are what the test says. */
export function fakeSchedule(jobs: Map<string, Job>, runs: JobRun[]): ScheduleService {
  const find = (id: string): Job => {
    const job = jobs.get(id);
    if (job === undefined) throw new PortcullisError('schedule.not_found', 'There is no such job.');
    return job;
  };
  return {
    status: async () => ({ enabled: true, jobs: jobs.size, nextRunAt: 5 }),
    list: async () => [...jobs.values()],
    get: async (id) => find(id),
    add: async (caller, draft) => {
      const job: Job = {
        id: `job-${String(jobs.size + 1)}`,
        agentId: 'main',
        enabled: true,
        deleteAfterRun: false,
        delivery: { mode: 'announce' },
        missed: 'skip',
        ...draft,
        createdBy: caller.id,
        createdAt: 1,
        updatedAt: 1,
        nextRunAt: 5,
        failures: 0,
      };
      jobs.set(job.id, job);
      return job;
    },
    update: async (_caller, id, patch) => {
      const job: Job = { ...find(id), ...patch, updatedAt: 2 };
      jobs.set(id, job);
      return job;
    },
    remove: async (_caller, id) => jobs.delete(id),
    run: async (_caller, id) => ({ runId: `cron:${find(id).id}:now` }),
    runs: async ({ id }) => runs.filter((run) => id === undefined || run.jobId === id),
  };
}
