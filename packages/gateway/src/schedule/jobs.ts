/**
 * The book of jobs: made, changed and removed, each in one unit of work with its line in the audit
 * log. Nothing runs here, and nobody is asked: whoever calls has decided that it may be.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';

import {
  type JobDraft,
  type JobPatch,
  type Json,
  PortcullisError,
  type Tx,
} from '@portcullis/core';
import type { FlowLabel } from '@portcullis/policy/flow';

import { capabilityOf } from '../capabilities/capabilities.ts';
import { receiverOf } from '../channels/receiver.ts';
import { type Kernel, commit } from '../kernel.ts';
import type { Notices } from '../notices.ts';
import { changedSpec, type JobSpec, specOf } from './draft.ts';
import {
  type JobMaker,
  type JobRow,
  type JobRunRow,
  SCHEDULE_TOPIC,
  jobRunsTable,
  jobsTable,
} from './job.ts';
import { type Times, firstTime, timesOf } from './when.ts';

/** Most jobs of one gateway. */
export const MOST_JOBS = 500;
/** Longest that the rights of a job last before its maker has to renew them. */
const RIGHTS_MS = 365 * 24 * 3_600_000;

/** On whose behalf, and out of what, a job is made. */
export interface Making {
  readonly maker: JobMaker;
  readonly agentId: string;
  /** What the session it is made in has seen. */
  readonly label: FlowLabel;
  /** Hands rights on to a holder. Throws where that is more than the maker has. */
  readonly grant: (holder: string, tools: readonly string[] | undefined, ttlMs: number) => Json;
}

/** A job that was checked and may be written. */
export interface PlannedJob {
  readonly spec: JobSpec;
  readonly times: Times;
}

/** The jobs of one gateway. */
export class Jobs {
  readonly #kernel: Kernel;
  readonly #tell: Notices['tell'];

  constructor(kernel: Kernel, tell: Notices['tell']) {
    this.#kernel = kernel;
    this.#tell = tell;
  }

  /** Checks a draft. Throws `schedule.invalid`, `send.unknown_peer`. */
  async plan(draft: JobDraft): Promise<PlannedJob> {
    return await this.#check(specOf(draft), this.#kernel.now());
  }

  /** Checks a change. Throws `schedule.not_found` beside what {@link plan} throws. */
  async planChange(id: string, patch: JobPatch): Promise<PlannedJob & { readonly row: JobRow }> {
    const row = await this.get(id);
    return { ...(await this.#check(changedSpec(row, patch), row.createdAt)), row };
  }

  /** Writes a new job. Throws `schedule.full`, and what `grant` throws. */
  async add({ spec, times }: PlannedJob, making: Making): Promise<JobRow> {
    const now = this.#kernel.now();
    const id = randomUUID();
    const { maker, agentId, label } = making;
    const row: JobRow = {
      ...spec,
      id,
      agentId,
      maker,
      label,
      capability: grantFor(id, spec, making),
      createdAt: now,
      updatedAt: now,
      failures: 0,
      ...dueOf(spec, times, now),
    };
    await commit(this.#kernel, async (tx) => {
      if ((await tx.count(jobsTable)) >= MOST_JOBS) throw full();
      this.#write(tx, row, 'schedule.added', maker.id);
    });
    this.#tell({ type: 'cron', action: 'added', jobId: id, at: now });
    return row;
  }

  /**
   * Writes a change. The job is its changer's from then on: his rights are handed on, those it had
   * are taken back.
   */
  async change(id: string, { spec, times }: PlannedJob, making: Making): Promise<JobRow> {
    const now = this.#kernel.now();
    const capability = grantFor(id, spec, making);
    const changed = await commit(this.#kernel, async (tx) => {
      const old = await find(tx, id);
      this.#revoke(tx, old);
      const { due: _due, notice: _notice, description: _description, ...kept } = old;
      const { maker, agentId, label } = making;
      const row: JobRow = {
        ...kept,
        ...spec,
        agentId,
        maker,
        label,
        capability,
        updatedAt: now,
        failures: 0,
        ...dueOf(spec, times, now),
      };
      this.#write(tx, row, 'schedule.changed', maker.id);
      return row;
    });
    this.#tell({ type: 'cron', action: 'updated', jobId: id, at: now });
    return changed;
  }

  /** Removes a job and takes its rights back, so that a run in progress has none left. */
  async remove(id: string, actor: string): Promise<boolean> {
    const was = await commit(this.#kernel, async (tx) => {
      const row = await tx.get(jobsTable, id);
      if (row === undefined) return false;
      this.#revoke(tx, row);
      tx.delete(jobsTable, id);
      tx.notify(SCHEDULE_TOPIC);
      this.#note(tx, row, 'schedule.removed', actor);
      return true;
    });
    if (was) this.#tell({ type: 'cron', action: 'removed', jobId: id, at: this.#kernel.now() });
    return was;
  }

  /** Throws `schedule.not_found`. */
  async get(id: string): Promise<JobRow> {
    return await this.#kernel.store.transact((tx) => find(tx, id));
  }

  /** Every job: by its next time, those without one last. */
  async list(): Promise<readonly JobRow[]> {
    const rows = await this.#kernel.store.transact((tx) =>
      tx.find(jobsTable, { limit: MOST_JOBS }),
    );
    return rows.map(({ value }) => value).toSorted((a, b) => dueAt(a) - dueAt(b));
  }

  /** Runs that are over, newest first. */
  async runs(options: {
    readonly id?: string;
    readonly limit: number;
  }): Promise<readonly JobRunRow[]> {
    const { id, limit } = options;
    const rows = await this.#kernel.store.transact((tx) =>
      tx.find(jobRunsTable, {
        ...(id === undefined ? { index: 'byEnd' } : { index: 'byJob', equals: [id] }),
        reverse: true,
        limit,
      }),
    );
    return rows.map(({ value }) => value);
  }

  /** Writes a job as it is now, with the line that tells why. */
  write(tx: Tx, row: JobRow, code: string, facts: Readonly<Record<string, string>> = {}): void {
    this.#write(tx, row, code, `cron:${row.id}`, facts);
  }

  /** Deletes a job that is over. */
  drop(tx: Tx, row: JobRow, facts: Readonly<Record<string, string>>): void {
    tx.delete(jobsTable, row.id);
    tx.notify(SCHEDULE_TOPIC);
    this.#note(tx, row, 'schedule.done', `cron:${row.id}`, facts);
  }

  async #check(spec: JobSpec, madeAt: number): Promise<PlannedJob> {
    const { channel, to: id, accountId } = spec.delivery;
    if (channel !== undefined && id !== undefined) {
      receiverOf(this.#kernel, `${channel}:${id}`, accountId === undefined ? {} : { accountId });
    }
    const times = await timesOf(spec.schedule, madeAt);
    if (spec.enabled) firstTime(times, spec.schedule, this.#kernel.now());
    return { spec, times };
  }

  #revoke(tx: Tx, row: JobRow): void {
    const capability = capabilityOf(row.capability);
    if (capability !== undefined) this.#kernel.capabilities.revoke(tx, capability);
  }

  #write(
    tx: Tx,
    row: JobRow,
    code: string,
    actor: string,
    facts: Readonly<Record<string, string>> = {},
  ): void {
    tx.put(jobsTable, row.id, row);
    tx.notify(SCHEDULE_TOPIC);
    this.#note(tx, row, code, actor, facts);
  }

  #note(
    tx: Tx,
    row: JobRow,
    code: string,
    actor: string,
    facts: Readonly<Record<string, string>> = {},
  ): void {
    this.#kernel.journal.record(tx, {
      kind: 'schedule',
      at: this.#kernel.now(),
      principal: actor,
      code,
      job: row.id,
      maker: row.maker.id,
      ...facts,
    });
  }
}

function dueAt({ due }: JobRow): number {
  return due ?? Number.MAX_SAFE_INTEGER;
}

function grantFor(id: string, spec: JobSpec, { grant }: Making): Json {
  const { payload } = spec;
  const tools = payload.kind === 'agentTurn' ? payload.toolsAllow : undefined;
  return grant(`cron:${id}`, tools, RIGHTS_MS);
}

function dueOf(spec: JobSpec, times: Times, now: number): Pick<JobRow, 'due'> {
  return spec.enabled ? { due: firstTime(times, spec.schedule, now) } : {};
}

async function find(tx: Tx, id: string): Promise<JobRow> {
  const row = await tx.get(jobsTable, id);
  if (row === undefined) {
    throw new PortcullisError('schedule.not_found', 'There is no such job.', {
      hint: '"openclaw cron list --all" shows those there are.',
    });
  }
  return row;
}

function full(): PortcullisError {
  return new PortcullisError('schedule.full', 'There are too many jobs.', {
    hint: 'Remove one with: openclaw cron rm <id>.',
  });
}
