/**
 * Scheduled jobs: what an agent is to do later, and the one door of a tool to them.
 *
 * A job belongs to whoever made it and acts on a narrowed part of his rights: never on more than he
 * holds when it runs, and not at all once he lost them.
 *
 * @module
 */

/**
 * When a job runs.
 *
 * - `at`: once. ISO 8601; without an offset it is UTC.
 * - `every`: after each interval, counted from `anchorMs` (default: when the job was made). At least
 *   a minute.
 * - `cron`: five fields, or six with seconds first, in the zone `tz` (an IANA name, default UTC). Runs
 *   of one job are at least a minute apart.
 */
export type JobSchedule =
  | { readonly kind: 'at'; readonly at: string }
  | { readonly kind: 'every'; readonly everyMs: number; readonly anchorMs?: number }
  | { readonly kind: 'cron'; readonly expr: string; readonly tz?: string };

/**
 * What a job tells the agent.
 *
 * - `agentTurn`: a prompt, in a session of its own for every run. `toolsAllow` names the tools it may
 *   use; without it those that its maker has, without the ones for owners only.
 * - `systemEvent`: a text in the main session of the agent.
 */
export type JobPayload =
  | {
      readonly kind: 'agentTurn';
      readonly message: string;
      readonly toolsAllow?: readonly string[];
    }
  | { readonly kind: 'systemEvent'; readonly text: string };

/** Where the answer of a job goes. */
export interface JobDelivery {
  /** `none`: it stays in the transcript. */
  readonly mode: 'announce' | 'none';
  /** Channel of the receiver: `telegram`. Without it the conversation the job was made in. */
  readonly channel?: string;
  /** Id of the receiver on that channel. */
  readonly to?: string;
  /** Account that sends. Default `default`. */
  readonly accountId?: string;
}

/** What is done about a time that passed while the gateway did not run. */
export type MissedRuns = 'once' | 'skip';

/** A job as it is asked for. */
export interface JobDraft {
  readonly name: string;
  readonly description?: string;
  /** Default: the agent that asks. */
  readonly agentId?: string;
  /** Default true. */
  readonly enabled?: boolean;
  /** Remove it after a run that went well. Default true for `at`, else false. */
  readonly deleteAfterRun?: boolean;
  readonly schedule: JobSchedule;
  readonly payload: JobPayload;
  /** Default: announced in the conversation the job was made in. */
  readonly delivery?: JobDelivery;
  /** Default `once` for `at`, else `skip`. A time that passed more than a day ago is always skipped. */
  readonly missed?: MissedRuns;
}

/** A change to a job: the parts that are given replace those there are. */
export type JobPatch = Partial<Omit<JobDraft, 'agentId'>>;

/** How a run of a job ended, or why it was left out. */
export type JobRunStatus = 'ok' | 'error' | 'skipped';

/** A job as it stands. */
export interface Job extends Required<Omit<JobDraft, 'description' | 'delivery'>> {
  readonly id: string;
  readonly description?: string;
  readonly delivery: JobDelivery;
  /** Principal id of its maker. */
  readonly createdBy: string;
  /** Milliseconds since 1970, like every time here. */
  readonly createdAt: number;
  readonly updatedAt: number;
  /** Absent while it is switched off or over. */
  readonly nextRunAt?: number;
  /** Since when a run is in progress. */
  readonly runningSince?: number;
  readonly lastRunAt?: number;
  readonly lastStatus?: JobRunStatus;
  /** Code of what went wrong with the last run. */
  readonly lastError?: string;
  readonly lastDurationMs?: number;
  /** Runs that failed since the last one that went well. */
  readonly failures: number;
}

/** One run of a job that is over. */
export interface JobRun {
  readonly jobId: string;
  readonly jobName: string;
  readonly runId?: string;
  /** The time it was for. */
  readonly scheduledAt: number;
  readonly endedAt: number;
  readonly durationMs: number;
  readonly status: JobRunStatus;
  /** Code of what went wrong, or why it was left out. */
  readonly error?: string;
  /** The transcript, while it is kept. */
  readonly sessionKey?: string;
}

/** How the scheduler is doing. */
export interface ScheduleStatus {
  /** False where `cron.enabled` is false: jobs are kept and do not run. */
  readonly enabled: boolean;
  readonly jobs: number;
  readonly nextRunAt?: number;
}

/**
 * The jobs of this gateway, for their owner. Whoever is not gets `flow.self.not_owner`. What changes
 * something is decided as a change to the gateway itself, and asks where the session has seen what
 * others wrote; the question shows the whole job.
 */
export interface ScheduleBroker {
  status(): Promise<ScheduleStatus>;
  /** By their next run; those that are switched off last. */
  list(): Promise<readonly Job[]>;
  /** Throws `schedule.invalid`, `schedule.full`, `schedule.exceeds_maker`. */
  add(draft: JobDraft): Promise<Job>;
  /** Throws what {@link add} throws, and `schedule.not_found`. */
  update(id: string, patch: JobPatch): Promise<Job>;
  /** False when there was none. */
  remove(id: string): Promise<boolean>;
  /** Runs a job now, whatever its times. Throws `schedule.not_found`, `schedule.running`. */
  run(id: string): Promise<{ readonly runId: string }>;
  /** Runs that are over, newest first, of one job or of all; at most `limit` (default 20, at most 200). */
  runs(options?: { readonly id?: string; readonly limit?: number }): Promise<readonly JobRun[]>;
}
