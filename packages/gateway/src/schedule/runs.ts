/**
 * Runs of jobs, from the tick to the end.
 *
 * The tick's event, the job's next time and the mark that it runs are one unit of work, so that a
 * crash between two ticks loses none and doubles none; the end of a run and what it means for the
 * job are another one.
 *
 * @module
 */
import { type Event, type JobRun, PortcullisError, type Tx, canonicalJson } from '@portcullis/core';
import { joinLabels, readLabel } from '@portcullis/policy/flow';

import { getPath } from '../config/index.ts';
import { type GatewayInbox, inboxTable } from '../intake/inbox.ts';
import { type Kernel, commit } from '../kernel.ts';
import { openSession, removeSession, writeSession } from '../session/sessions.ts';
import { placeOfAnswer } from './destination.ts';
import { type Ending, endOf } from './ending.ts';
import { type JobRow, type RunningJob, jobRunsTable, jobsTable } from './job.ts';
import type { Jobs } from './jobs.ts';

/** A run to begin. */
export interface RunStart {
  /** Tells the runs of a job apart: its time, or something that never was before. */
  readonly tail: string;
  readonly scheduledAt: number;
  /** The job as the start leaves it; undefined when it must not start after all. */
  readonly claim: (fresh: JobRow) => JobRow | undefined;
}

const DAY_MS = 24 * 3_600_000;
const HISTORY_MS = 30 * DAY_MS;
const UNITS_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: DAY_MS, w: 7 * DAY_MS } as const;

/** Starts runs and writes their ends. */
export class JobRuns {
  readonly #kernel: Kernel;
  readonly #jobs: Jobs;
  readonly #inbox: GatewayInbox;
  /** Ends that are written and not told of yet. */
  readonly #ended = new Map<string, JobRun>();

  constructor(kernel: Kernel, jobs: Jobs, inbox: GatewayInbox) {
    this.#kernel = kernel;
    this.#jobs = jobs;
    this.#inbox = inbox;
    inbox.onEnd('cron', (tx, event, outcome) => this.#end(tx, event, outcome));
  }

  /** Takes a job down the way of every event. Throws `inbox.overloaded`, `schedule.no_session`. */
  async start(
    row: JobRow,
    { tail, scheduledAt, claim }: RunStart,
  ): Promise<{ readonly runId: string; readonly outcome: 'accepted' | 'duplicate' | 'withdrawn' }> {
    const kernel = this.#kernel;
    const runId = `cron:${row.id}:${tail}`;
    const sessionKey = this.#sessionKey(row, tail);
    const event = await this.#event(row, { runId, sessionKey, scheduledAt });
    const key = this.#inbox.keyOf(event);
    const outcome = await this.#inbox.accept(event, async (tx) => {
      const fresh = await tx.get(jobsTable, row.id);
      const isSame = fresh !== undefined && fresh.updatedAt === row.updatedAt;
      const claimed = isSame && fresh.running === undefined ? claim(fresh) : undefined;
      if (claimed === undefined) return false;
      const running = { key, runId, sessionKey, scheduledAt, startedAt: kernel.now() };
      this.#jobs.write(tx, { ...claimed, running }, 'schedule.started', { runId });
      await this.#prepareSession(tx, row, sessionKey);
      return true;
    });
    return { runId, outcome };
  }

  /** Writes that a time passed without a run, or that a run is over. */
  write(tx: Tx, { job, run }: Ending, row: JobRow): void {
    const cause = run.error === undefined ? {} : { cause: run.error };
    const facts = { status: run.status, ...cause };
    const code = run.status === 'skipped' ? 'schedule.left_out' : 'schedule.ended';
    if (job === undefined) this.#jobs.drop(tx, row, facts);
    else this.#jobs.write(tx, job, code, facts);
    const key = `${run.jobId}/${String(run.scheduledAt)}/${run.runId ?? ''}`;
    const hasTranscript = run.sessionKey !== undefined && row.payload.kind === 'agentTurn';
    const keptMs = hasTranscript ? this.#retentionMs() : HISTORY_MS;
    const { label, maker } = row;
    const madeIn = maker.sessionKey === undefined ? {} : { madeIn: maker.sessionKey };
    tx.put(jobRunsTable, key, { ...run, label, ...madeIn, sweepAt: run.endedAt + keptMs });
    this.#ended.set(key, run);
  }

  /** Ends since the last call, once each. Only what was committed is to be told: call it after. */
  takeEnded(): readonly JobRun[] {
    const runs = [...this.#ended.values()];
    this.#ended.clear();
    return runs;
  }

  /** Ends the runs whose event is gone or over: what a process before this one left. */
  async recover(): Promise<void> {
    await commit(this.#kernel, async (tx) => {
      for (const { value: row } of await tx.find(jobsTable)) {
        const event =
          row.running === undefined ? undefined : await tx.get(inboxTable, row.running.key);
        if (row.running === undefined || (event !== undefined && event.state !== 'done')) continue;
        const ending = endOf(row, event?.outcome ?? 'schedule.run_lost', this.#kernel.now());
        if (ending !== undefined) this.write(tx, ending, row);
      }
    });
  }

  /** Forgets old transcripts, then old runs. Resolves with how many. */
  async sweep(now: number): Promise<number> {
    return await commit(this.#kernel, async (tx) => {
      const old = await tx.find(jobRunsTable, { index: 'bySweep', upTo: now, limit: 50 });
      for (const { key, value } of old) {
        const { sessionKey, ...rest } = value;
        if (sessionKey === undefined || now - value.endedAt >= HISTORY_MS)
          tx.delete(jobRunsTable, key);
        else tx.put(jobRunsTable, key, { ...rest, sweepAt: value.endedAt + HISTORY_MS });
        if (sessionKey !== undefined && isOwn(sessionKey, value.jobId)) {
          await removeSession(tx, sessionKey);
        }
      }
      return old.length;
    });
  }

  async #end(tx: Tx, event: Event, outcome: string): Promise<void> {
    const id = event.origin?.id;
    const job = id === undefined ? undefined : await tx.get(jobsTable, id);
    if (job === undefined || job.running?.runId !== event.origin?.runId) return;
    const ending = endOf(job, outcomeFor(job, event, outcome), this.#kernel.now());
    if (ending !== undefined) this.write(tx, ending, job);
  }

  async #event(
    row: JobRow,
    { runId, sessionKey, scheduledAt }: Pick<RunningJob, 'runId' | 'sessionKey' | 'scheduledAt'>,
  ): Promise<Event> {
    const { maker, payload, name, id, label } = row;
    const answersTo = await this.#kernel.store.transact((tx) =>
      placeOfAnswer(this.#kernel, tx, row),
    );
    return {
      kind: 'cron',
      eventId: runId,
      conversation: { channel: 'schedule', accountId: 'default', kind: 'direct', id },
      sender: { id: maker.senderId ?? maker.id },
      at: scheduledAt,
      text: payload.kind === 'agentTurn' ? payload.message : payload.text,
      origin: {
        id,
        name,
        sessionKey,
        runId,
        capability: row.capability,
        label: { ...label },
        ...(answersTo === undefined ? {} : { answersTo }),
      },
    };
  }

  #sessionKey({ agentId, id, payload }: JobRow, run: string): string {
    const isThere = this.#kernel.agents().some((agent) => agent.id === agentId);
    if (payload.kind === 'systemEvent' && isThere) {
      return `agent:${agentId}:${this.#kernel.mainKey()}`;
    }
    const key = this.#kernel.policy().sessionKey({ agentId, kind: 'cron', job: id, run });
    if (isThere && key.effect === 'allow' && typeof key.value === 'string') return key.value;
    throw new PortcullisError('schedule.no_session', 'The job has no session to run in.', {
      hint: 'Its agent may be gone: remove the job and make it anew.',
    });
  }

  /** Whatever the session of the maker had seen, every run of his job has seen too. */
  async #prepareSession(tx: Tx, row: JobRow, key: string): Promise<void> {
    const { agentId, label, name, payload } = row;
    const session = await openSession(tx, { key, agentId, now: this.#kernel.now() });
    const flow = joinLabels(readLabel(session.flow ?? null), label);
    const titled = payload.kind === 'agentTurn' ? { ...session, label: name } : session;
    writeSession(tx, { ...titled, flow });
  }

  #retentionMs(): number {
    const configured = getPath(this.#kernel.config().value, 'cron.sessionRetention');
    if (typeof configured === 'number') return Math.min(configured, HISTORY_MS);
    const [, count, unit] = /^(\d+)(ms|s|m|h|d|w)$/u.exec(String(configured)) ?? [];
    return unit === undefined
      ? DAY_MS
      : Math.min(Number(count) * UNITS_MS[unit as keyof typeof UNITS_MS], HISTORY_MS);
  }
}

/** A run that lost its rights because its job was given new ones was stopped; the job has its own. */
function outcomeFor({ capability }: JobRow, { origin }: Event, outcome: string): string {
  const isOfOldRights = canonicalJson(origin?.capability ?? null) !== canonicalJson(capability);
  return isOfOldRights && outcome === 'capability.revoked' ? 'aborted' : outcome;
}

/** Whether a session is that of one run of the job, and so goes with it. */
function isOwn(sessionKey: string, jobId: string): boolean {
  return sessionKey.includes(`:cron:${jobId}:run:`);
}
