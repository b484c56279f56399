/**
 * The clock of scheduled jobs: looks for what is due, sleeps in between, and tells of what ended.
 *
 * It costs nothing while there is no job: no timer runs, and what reads cron expressions is not
 * loaded.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';

import { PortcullisError } from '@portcullis/core';

import { getPath } from '../config/index.ts';
import { type Kernel, commit } from '../kernel.ts';
import type { Notices } from '../notices.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { OutboxRow } from '../outbox/row.ts';
import { lastWithOwner } from './destination.ts';
import { leftOut } from './ending.ts';
import { type JobRow, SCHEDULE_TOPIC, jobsTable } from './job.ts';
import type { Jobs } from './jobs.ts';
import { noticeText } from './notice.ts';
import type { JobRuns } from './runs.ts';
import { timeAfter, timesOf } from './when.ts';

/** What the clock acts through. */
export interface ClockRooms {
  readonly jobs: Jobs;
  readonly runs: JobRuns;
  readonly outbox: Outbox;
  readonly tell: Notices['tell'];
}

/** A time that passed longer ago was missed: the gateway did not run, or the machine slept. */
const LATE_MS = 60_000;
/** A missed time is made up for this long. */
const MADE_UP_MS = 24 * 3_600_000;
/** Longest sleep: the clock of the machine may be set meanwhile. */
const NAP_MS = 60_000;

/** Runs jobs at their times. */
export class Clock {
  readonly #kernel: Kernel;
  readonly #rooms: ClockRooms;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  #again = false;
  #open = false;
  #stopListening: (() => void) | undefined;

  constructor(kernel: Kernel, rooms: ClockRooms) {
    this.#kernel = kernel;
    this.#rooms = rooms;
  }

  /** Whether jobs run at all. */
  get enabled(): boolean {
    return getPath(this.#kernel.config().value, 'cron.enabled') !== false;
  }

  /** Ends what a process before this one left, and begins to look. */
  async start(): Promise<void> {
    this.#open = true;
    this.#stopListening = this.#kernel.store.subscribe(SCHEDULE_TOPIC, () => this.look());
    await this.#rooms.runs.recover();
    this.look();
  }

  /** Starts no more runs. Resolves when the last look is over. */
  async stop(): Promise<void> {
    this.#open = false;
    this.#stopListening?.();
    clearTimeout(this.#timer);
    await this.#looking;
  }

  /** Runs a job now. Throws `schedule.not_found`, `schedule.running`, `inbox.overloaded`. */
  async runNow(id: string): Promise<{ readonly runId: string }> {
    const row = await this.#rooms.jobs.get(id);
    const scheduledAt = this.#kernel.now();
    const { runId, outcome } = await this.#rooms.runs.start(row, {
      tail: randomUUID(),
      scheduledAt,
      claim: (fresh) => fresh,
    });
    if (outcome === 'accepted') return { runId };
    throw new PortcullisError('schedule.running', 'The job is running, or was changed just now.', {
      hint: 'Wait until its run is over.',
    });
  }

  /** Looks now, and once more if it is called meanwhile. Returns at once. */
  look(): void {
    if (!this.#open) return;
    if (this.#looking !== undefined) {
      this.#again = true;
      return;
    }
    this.#looking = this.#pass().finally(() => {
      this.#looking = undefined;
      if (!this.#again) return;
      this.#again = false;
      this.look();
    });
  }

  /** One look. Never throws. */
  async #pass(): Promise<void> {
    clearTimeout(this.#timer);
    let nap: number | undefined = NAP_MS;
    try {
      this.#tellEnds();
      await this.#tellMakers();
      nap = await this.#takeDue();
    } catch (cause) {
      this.#kernel.log.error({ err: cause }, 'schedule: a look at the clock failed; looking again');
    }
    if (!this.#open || nap === undefined) return;
    this.#timer = setTimeout(() => this.look(), Math.min(nap, NAP_MS));
    this.#timer.unref();
  }

  /** Takes what is due. Resolves with how long nothing is; undefined where there is no job. */
  async #takeDue(): Promise<number | undefined> {
    while (this.#open && this.enabled) {
      const [first] = await this.#kernel.store.transact((tx) =>
        tx.find(jobsTable, { index: 'byDue', limit: 1 }),
      );
      const due = first?.value.due;
      if (first === undefined || due === undefined) return undefined;
      const wait = due - this.#kernel.now();
      if (wait > 0) return wait;
      await this.#take(first.value, due);
    }
    return undefined;
  }

  async #take(row: JobRow, due: number): Promise<void> {
    const now = this.#kernel.now();
    const next = timeAfter(await timesOf(row.schedule, row.createdAt), due, now);
    const reason = reasonToLeaveOut(row, now - due);
    if (reason !== undefined) {
      await this.#leaveOut(row, due, next, reason);
      return;
    }
    try {
      const { outcome } = await this.#rooms.runs.start(row, {
        tail: String(due),
        scheduledAt: due,
        claim: ({ due: current, ...fresh }) => {
          if (current !== due) return undefined;
          return next === undefined ? fresh : { ...fresh, due: next };
        },
      });
      if (outcome === 'accepted') {
        this.#rooms.tell({ type: 'cron', action: 'started', jobId: row.id, at: now });
      } else if (outcome === 'duplicate') {
        await this.#leaveOut(row, due, next, 'schedule.duplicate');
      }
    } catch (error) {
      // What is for later (a full inbox, a full disk) is tried again; what is wrong with the job is not.
      if (!PortcullisError.is(error) || error.retryable || error.code.startsWith('store.'))
        throw error;
      await this.#leaveOut(row, due, next, error.code);
    }
  }

  async #leaveOut(
    row: JobRow,
    due: number,
    next: number | undefined,
    reason: string,
  ): Promise<void> {
    const now = this.#kernel.now();
    await commit(this.#kernel, async (tx) => {
      const fresh = await tx.get(jobsTable, row.id);
      if (fresh?.due === due) this.#rooms.runs.write(tx, leftOut(fresh, next, reason, now), fresh);
    });
  }

  #tellEnds(): void {
    for (const run of this.#rooms.runs.takeEnded()) {
      this.#rooms.tell({
        type: 'cron',
        action: 'finished',
        jobId: run.jobId,
        at: run.endedAt,
        run,
      });
    }
  }

  /** Tells makers of jobs that were switched off, once each. */
  async #tellMakers(): Promise<void> {
    const kernel = this.#kernel;
    const count = await kernel.store.transact((tx) => tx.count(jobsTable, { index: 'byNotice' }));
    if (count === 0) return;
    const rows = await commit(kernel, async (tx) => {
      const waiting = await tx.find(jobsTable, { index: 'byNotice' });
      const written: OutboxRow[] = [];
      for (const { value } of waiting) {
        const { notice, ...row } = value;
        const to = row.maker.conversation ?? (await lastWithOwner(kernel, tx, row.agentId));
        this.#rooms.jobs.write(tx, row, 'schedule.off', { cause: notice ?? '' });
        if (to === undefined) continue;
        written.push(...this.#rooms.outbox.enqueue(tx, { to, text: noticeText(value) }));
      }
      return written;
    });
    this.#rooms.outbox.deliver(rows);
  }
}

function reasonToLeaveOut({ running, missed }: JobRow, lateMs: number): string | undefined {
  if (running !== undefined) return 'schedule.overlap';
  if (lateMs <= LATE_MS || (missed === 'once' && lateMs <= MADE_UP_MS)) return undefined;
  return 'schedule.missed';
}
