/**
 * What the end of a run means for its job. Pure.
 *
 * @module
 */
import type { JobRun } from '@portcullis/core';

import type { JobRow } from './job.ts';

/** A run that is over, and its job as it is then. */
export interface Ending {
  /** Undefined where the job is over and goes. */
  readonly job: JobRow | undefined;
  readonly run: JobRun;
}

/** Failures in a row after which a job is switched off. */
export const MOST_FAILURES = 5;
/** How long a job that failed waits at least, by its failures in a row. */
const PAUSES_MS = [60_000, 300_000, 900_000, 3_600_000] as const;

/** Ends that say that the job may not run any more, and not that something went wrong. */
const LOST_RIGHTS = /^(?:event\.cron\.creator_revoked|capability\.\w+)$/u;

/** A job after the run it marks as running, which came to `outcome` (as its inbox row has it). */
export function endOf(job: JobRow, outcome: string, now: number): Ending | undefined {
  const { running, ...rest } = job;
  if (running === undefined) return undefined;
  const error = errorOf(outcome);
  const run: JobRun = {
    jobId: job.id,
    jobName: job.name,
    runId: running.runId,
    sessionKey: running.sessionKey,
    scheduledAt: running.scheduledAt,
    endedAt: now,
    durationMs: Math.max(0, now - running.startedAt),
    status: error === undefined ? 'ok' : 'error',
    ...(error === undefined ? {} : { error }),
  };
  return { run, job: afterRun({ ...rest, last: lastOf(run) }, run) };
}

/** A job whose time passed without a run, and the time it has next. */
export function leftOut(
  job: JobRow,
  next: number | undefined,
  reason: string,
  now: number,
): Ending {
  const { due = now, ...rest } = job;
  const run: JobRun = {
    jobId: job.id,
    jobName: job.name,
    scheduledAt: due,
    endedAt: now,
    durationMs: 0,
    status: 'skipped',
    error: reason,
  };
  const moved: JobRow = { ...rest, last: lastOf(run) };
  if (next !== undefined) return { run, job: { ...moved, due: next } };
  return { run, job: job.running === undefined ? off(moved, reason) : moved };
}

/** A job that does nothing any more, and whose maker is to hear why. */
function off({ due: _due, ...job }: JobRow, notice?: string): JobRow {
  return { ...job, enabled: false, ...(notice === undefined ? {} : { notice }) };
}

function afterRun(job: JobRow, { status, error, endedAt }: JobRun): JobRow | undefined {
  const isLast = job.due === undefined;
  if (status === 'ok') {
    if (isLast && job.deleteAfterRun) return undefined;
    return isLast ? off({ ...job, failures: 0 }) : { ...job, failures: 0 };
  }
  // Who lost his rights is not told; his job was stopped on purpose.
  if (error === 'event.cron.creator_revoked') return off(job);
  if (error !== undefined && LOST_RIGHTS.test(error)) return off(job, error);
  const failures = error === 'schedule.run_stopped' ? job.failures : job.failures + 1;
  if (isLast || failures >= MOST_FAILURES) {
    return off({ ...job, failures }, isLast ? error : 'schedule.too_many_failures');
  }
  const pause = PAUSES_MS[Math.min(failures, PAUSES_MS.length) - 1] ?? 0;
  return { ...job, failures, due: Math.max(job.due ?? 0, endedAt + pause) };
}

function lastOf({ scheduledAt, status, durationMs, error }: JobRun): NonNullable<JobRow['last']> {
  return { at: scheduledAt, status, durationMs, ...(error === undefined ? {} : { error }) };
}

/** What went wrong, as a code; undefined when nothing did. */
function errorOf(outcome: string): string | undefined {
  switch (outcome) {
    case 'answered':
      return undefined;
    case 'error':
      return 'schedule.run_failed';
    case 'aborted':
      return 'schedule.run_stopped';
    default:
      return outcome;
  }
}
