/**
 * Jobs as they are kept.
 *
 * @module
 */
import {
  type Conversation,
  type Job,
  type JobRun,
  type JobRunStatus,
  type JobSchedule,
  type Json,
  type JobPayload,
  type JobDelivery,
  type MissedRuns,
  type Table,
  defineTable,
} from '@portcullis/core';
import type { FlowLabel } from '@portcullis/policy/flow';

/** Who made a job, so that policy can be asked about him again. */
export interface JobMaker {
  /** Principal id. */
  readonly id: string;
  /** `person`: somebody on a channel. `operator`: a connection, a device or the command line. */
  readonly kind: 'person' | 'operator';
  /** Id on his channel. */
  readonly senderId?: string;
  /** Where he asked for it, and so where it answers unless it says otherwise. */
  readonly conversation?: Conversation;
  /** The session he asked in. */
  readonly sessionKey?: string;
}

/** A run in progress. */
export interface RunningJob {
  /** Key of its inbox row. */
  readonly key: string;
  readonly runId: string;
  readonly sessionKey: string;
  readonly scheduledAt: number;
  readonly startedAt: number;
}

/** A job as it is stored. */
export interface JobRow {
  readonly id: string;
  readonly name: string;
  readonly description?: string;
  readonly agentId: string;
  readonly enabled: boolean;
  readonly deleteAfterRun: boolean;
  readonly schedule: JobSchedule;
  readonly payload: JobPayload;
  readonly delivery: JobDelivery;
  readonly missed: MissedRuns;
  readonly maker: JobMaker;
  /** What the session had seen in which it was made: every run starts with it. */
  readonly label: FlowLabel;
  /** What its runs may do at most. */
  readonly capability: Json;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** Its next time. Absent while it is switched off or over. */
  readonly due?: number;
  readonly running?: RunningJob;
  readonly last?: {
    readonly at: number;
    readonly status: JobRunStatus;
    readonly durationMs: number;
    readonly error?: string;
  };
  /** Runs that failed since the last one that went well. */
  readonly failures: number;
  /** Why its maker is to be told that it was switched off; gone once he was. */
  readonly notice?: string;
}

/** All jobs by id. */
export const jobsTable: Table<JobRow> = defineTable<JobRow>('jobs', {
  byDue: ['due'],
  byNotice: ['notice'],
});

/** A run that is over, with how long it is kept. */
export interface JobRunRow extends JobRun {
  /** First the transcript goes, then the row. */
  readonly sweepAt: number;
  /** What the session had seen in which its job was made: it holds the name of that job. */
  readonly label: FlowLabel;
  /** That session. */
  readonly madeIn?: string | undefined;
}

/** Runs that are over, by `<job>/<time>/<run>`. */
export const jobRunsTable: Table<JobRunRow> = defineTable<JobRunRow>('job_runs', {
  byEnd: ['endedAt'],
  byJob: ['jobId', 'endedAt'],
  bySweep: ['sweepAt'],
});

/** Woken when a job changed. */
export const SCHEDULE_TOPIC = 'schedule';

/** A job as it is told of. */
export function describeJob(row: JobRow): Job {
  const { maker, label: _label, capability: _capability, notice: _notice, ...rest } = row;
  const { due, running, last, ...job } = rest;
  return {
    ...job,
    createdBy: maker.id,
    ...(due === undefined ? {} : { nextRunAt: due }),
    ...(running === undefined ? {} : { runningSince: running.startedAt }),
    ...(last === undefined
      ? {}
      : {
          lastRunAt: last.at,
          lastStatus: last.status,
          lastDurationMs: last.durationMs,
          ...(last.error === undefined ? {} : { lastError: last.error }),
        }),
  };
}
