/**
 * Methods on scheduled jobs.
 *
 * @module
 */
import { createHash } from 'node:crypto';

import { type Job, type JobDraft, type JobRun, PortcullisError } from '@portcullis/core';
import type { CronJob, CronRun, MethodParams } from '@portcullis/protocol';

import type { Handlers } from '../../plane.ts';
import { invalidRequest } from '../../refusal.ts';
import { isListed, listedRuns, sorted } from './cron-lists.ts';

const PAGE = 50;
/** As many runs as are looked through for one page. */
const MOST_RUNS = 2000;

type Wanted = { readonly id?: string | undefined; readonly jobId?: string | undefined };

/** The job a request is about. */
function idOf({ id, jobId }: Wanted): string {
  const wanted = id ?? jobId;
  if (wanted === undefined) throw invalidRequest('missing id');
  return wanted;
}

/** Says that there is no such job in the words clients branch on. */
async function found<T>(wanted: Wanted, work: (id: string) => Promise<T>): Promise<T> {
  const id = idOf(wanted);
  try {
    return await work(id);
  } catch (error) {
    if (!PortcullisError.is(error) || error.code !== 'schedule.not_found') throw error;
    throw invalidRequest('cron job not found', { code: 'CRON_JOB_NOT_FOUND', jobId: id });
  }
}

function page<T>(
  all: readonly T[],
  { limit = PAGE, offset = 0 }: { limit?: number | undefined; offset?: number | undefined },
): { readonly items: T[]; readonly facts: Page } {
  const end = offset + limit;
  const hasMore = end < all.length;
  const nextOffset = hasMore ? end : null;
  return {
    items: all.slice(offset, end),
    facts: { total: all.length, offset, limit, hasMore, nextOffset },
  };
}

interface Page {
  readonly total: number;
  readonly offset: number;
  readonly limit: number;
  readonly hasMore: boolean;
  readonly nextOffset: number | null;
}

function toPayload(payload: Job['payload']): CronJob['payload'] {
  if (payload.kind === 'systemEvent') return { ...payload };
  const { toolsAllow, ...rest } = payload;
  return { ...rest, ...(toolsAllow === undefined ? {} : { toolsAllow: [...toolsAllow] }) };
}

/** A job in the shape of clients. */
export function toCronJob(job: Job): CronJob {
  const { nextRunAt, runningSince, lastRunAt, lastStatus, lastError, lastDurationMs } = job;
  return {
    id: job.id,
    agentId: job.agentId,
    name: job.name,
    ...(job.description === undefined ? {} : { description: job.description }),
    enabled: job.enabled,
    deleteAfterRun: job.deleteAfterRun,
    createdAtMs: job.createdAt,
    updatedAtMs: job.updatedAt,
    schedule: { ...job.schedule },
    sessionTarget: job.payload.kind === 'systemEvent' ? 'main' : 'isolated',
    wakeMode: 'now',
    payload: toPayload(job.payload),
    delivery: { ...job.delivery },
    missed: job.missed,
    createdBy: job.createdBy,
    state: {
      ...(nextRunAt === undefined ? {} : { nextRunAtMs: nextRunAt }),
      ...(runningSince === undefined ? {} : { runningAtMs: runningSince }),
      ...(lastRunAt === undefined ? {} : { lastRunAtMs: lastRunAt }),
      ...(lastStatus === undefined ? {} : { lastRunStatus: lastStatus, lastStatus }),
      ...(lastError === undefined ? {} : { lastError }),
      ...(lastDurationMs === undefined ? {} : { lastDurationMs }),
      consecutiveErrors: job.failures,
    },
  };
}

function toCronRun(run: JobRun): CronRun {
  return {
    ts: run.endedAt,
    jobId: run.jobId,
    jobName: run.jobName,
    action: 'finished',
    status: run.status,
    ...(run.error === undefined ? {} : { error: run.error }),
    ...(run.runId === undefined ? {} : { runId: run.runId }),
    runAtMs: run.scheduledAt,
    durationMs: run.durationMs,
    ...(run.sessionKey === undefined ? {} : { sessionKey: run.sessionKey }),
  };
}

type Asked = Omit<MethodParams<'cron.update'>['patch'], 'agentId'>;

/** The fields of a draft that a request gives. */
function given(asked: Asked): Partial<JobDraft> {
  const { sessionTarget, wakeMode: _wake, schedule, payload, delivery, ...rest } = asked;
  const target = payload?.kind === 'systemEvent' ? 'main' : 'isolated';
  if (payload !== undefined && sessionTarget !== undefined && sessionTarget !== target) {
    throw invalidRequest(`a ${payload.kind} runs in the ${target} session`);
  }
  const fields = {
    ...rest,
    payload,
    ...(schedule === undefined ? {} : { schedule: withoutStagger(schedule) }),
    ...(delivery === undefined ? {} : { delivery: toDelivery(delivery) }),
  };
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as Partial<JobDraft>;
}

function withoutStagger(schedule: NonNullable<Asked['schedule']>): JobDraft['schedule'] {
  if (schedule.kind === 'at') return schedule;
  if (schedule.kind === 'every') {
    const { kind, everyMs, anchorMs } = schedule;
    return { kind, everyMs, ...(anchorMs === undefined ? {} : { anchorMs }) };
  }
  const { kind, expr, tz } = schedule;
  return { kind, expr, ...(tz === undefined || tz === '' ? {} : { tz }) };
}

function toDelivery(delivery: NonNullable<Asked['delivery']>): NonNullable<JobDraft['delivery']> {
  const { mode, channel, to, accountId } = delivery;
  const named = channel === 'last' ? undefined : channel;
  return {
    mode,
    ...(named === undefined ? {} : { channel: named }),
    ...(to === undefined ? {} : { to }),
    ...(accountId === undefined ? {} : { accountId }),
  };
}

function revisionOf(jobs: readonly Job[]): string {
  const text = JSON.stringify(jobs.map(({ id, updatedAt }) => [id, updatedAt]));
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** Methods that look at jobs. */
export const cronReaders: Handlers<'cron.status' | 'cron.list' | 'cron.get' | 'cron.runs'> = {
  'cron.status': async (_params, { services }) => {
    const { enabled, jobs, nextRunAt } = await services.schedule.status();
    const storePath = services.paths.stateDbDir;
    return { enabled, triggersEnabled: false, storePath, jobs, nextWakeAtMs: nextRunAt ?? null };
  },
  'cron.list': async (params, { services }) => {
    const jobs = (await services.schedule.list()).filter((job) => isListed(job, params));
    const { items, facts } = page(sorted(jobs, params), params);
    return { jobs: items.map(toCronJob), snapshotRevision: revisionOf(jobs), ...facts };
  },
  'cron.get': (params, { services }) =>
    found(params, async (id) => toCronJob(await services.schedule.get(id))),
  'cron.runs': async (params, { services }) => {
    const which = params.scope === 'all' ? undefined : (params.id ?? params.jobId);
    const [runs, jobs] = await Promise.all([
      services.schedule.runs({
        limit: MOST_RUNS,
        ...(which === undefined ? {} : { id: which }),
      }),
      services.schedule.list(),
    ]);
    const { items, facts } = page(listedRuns(runs, jobs, params), params);
    return { entries: items.map(toCronRun), ...facts };
  },
};

/** Methods that change jobs. */
export const cronWriters: Handlers<'cron.add' | 'cron.update' | 'cron.remove' | 'cron.run'> = {
  'cron.add': async ({ agentId, ...asked }, { services, caller }) => {
    const { name, schedule, payload } = asked;
    const draft = { name, schedule, payload, ...given(asked) };
    const agent = agentId === undefined || agentId === null ? {} : { agentId };
    return toCronJob(await services.schedule.add(caller, { ...draft, ...agent } as JobDraft));
  },
  'cron.update': ({ patch, ...wanted }, { services, caller }) =>
    found(wanted, async (id) =>
      toCronJob(await services.schedule.update(caller, id, given(patch))),
    ),
  'cron.remove': async (wanted, { services, caller }) => ({
    ok: true,
    removed: await services.schedule.remove(caller, idOf(wanted)),
  }),
  'cron.run': ({ mode = 'force', ...wanted }, { services, caller }) =>
    found(wanted, async (id) => {
      const job = await services.schedule.get(id);
      const ran = { ok: true, ran: false } as const;
      if (job.runningSince !== undefined) return { ...ran, reason: 'already-running' } as const;
      if (mode !== 'force' && !job.enabled) return { ...ran, reason: 'disabled' } as const;
      if (mode === 'due' && (job.nextRunAt ?? Number.MAX_VALUE) > Date.now()) {
        return { ...ran, reason: 'not-due' } as const;
      }
      const { runId } = await services.schedule.run(caller, id);
      return { ok: true, enqueued: true, runId } as const;
    }),
};
