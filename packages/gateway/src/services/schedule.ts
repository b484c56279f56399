/**
 * Scheduled jobs, as the control plane sees and changes them.
 *
 * @module
 */
import type { Job, JobDraft, JobPatch, JobRun, ScheduleStatus } from '@portcullis/core';

import type { Caller } from './caller.ts';

/** The jobs of this gateway, for operators. Changes need every right, which the caller has shown. */
export interface ScheduleService {
  status(): Promise<ScheduleStatus>;
  list(): Promise<readonly Job[]>;
  /** Throws `schedule.not_found`. */
  get(id: string): Promise<Job>;
  /** Throws `schedule.invalid`, `schedule.full`, `send.unknown_peer`. */
  add(caller: Caller, draft: JobDraft): Promise<Job>;
  /** Throws what {@link add} throws, and `schedule.not_found`. */
  update(caller: Caller, id: string, patch: JobPatch): Promise<Job>;
  /** False when there was none. */
  remove(caller: Caller, id: string): Promise<boolean>;
  /** Throws `schedule.not_found`, `schedule.running`. */
  run(caller: Caller, id: string): Promise<{ readonly runId: string }>;
  runs(options: { readonly id?: string; readonly limit: number }): Promise<readonly JobRun[]>;
}
