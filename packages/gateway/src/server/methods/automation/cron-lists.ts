/**
 * Which jobs and runs a client asks for.
 *
 * @module
 */
import type { Job, JobRun } from '@portcullis/core';
import type { MethodParams } from '@portcullis/protocol';

type ListParams = MethodParams<'cron.list'>;
type RunParams = MethodParams<'cron.runs'>;

/** Whether a filter is absent, says `all`, or names `value`. */
function names(filter: string | undefined, value: string): boolean {
  return filter === undefined || filter === 'all' || filter === value;
}

/** Whether a job is asked for. */
export function isListed(job: Job, params: ListParams): boolean {
  const { includeDisabled, enabled, agentId, query, scheduleKind, lastRunStatus, trigger } = params;
  const which = enabled ?? (includeDisabled === true ? 'all' : 'enabled');
  const words = query?.toLowerCase() ?? '';
  return (
    (which === 'all' || job.enabled === (which === 'enabled')) &&
    (agentId === undefined || job.agentId === agentId) &&
    names(scheduleKind, job.schedule.kind) &&
    names(lastRunStatus, job.lastStatus ?? 'unknown') &&
    names(trigger, 'unconditional') &&
    `${job.name}\n${job.id}\n${job.description ?? ''}`.toLowerCase().includes(words)
  );
}

/** The jobs in the order asked for; by their next run where none is. */
export function sorted(jobs: readonly Job[], { sortBy, sortDir }: ListParams): readonly Job[] {
  const forwards = [...jobs];
  if (sortBy === 'name') forwards.sort((a, b) => (a.name < b.name ? -1 : 1));
  if (sortBy === 'updatedAtMs') forwards.sort((a, b) => a.updatedAt - b.updatedAt);
  return sortDir === 'desc' ? forwards.toReversed() : forwards;
}

/** The runs asked for, newest first unless asked otherwise. */
export function listedRuns(
  runs: readonly JobRun[],
  jobs: readonly Job[],
  params: RunParams,
): readonly JobRun[] {
  const { agentId, runId, status, statuses, deliveryStatus, deliveryStatuses, query } = params;
  const agents = new Map(jobs.map((job) => [job.id, job.agentId]));
  const words = query?.toLowerCase() ?? '';
  const wanted = runs.filter(
    (run) =>
      (agentId === undefined || agents.get(run.jobId) === agentId) &&
      (runId === undefined || run.runId === runId) &&
      names(status, run.status) &&
      (statuses === undefined || statuses.includes(run.status)) &&
      names(deliveryStatus, 'unknown') &&
      (deliveryStatuses === undefined || deliveryStatuses.includes('unknown')) &&
      run.jobName.toLowerCase().includes(words),
  );
  return params.sortDir === 'asc' ? wanted.toReversed() : wanted;
}
