/**
 * Scheduled jobs.
 *
 * The shapes are those of OpenClaw's clients. What this gateway does not do (another model for one
 * job, scripts, webhooks as receivers) is refused, not ignored.
 *
 * @module
 */
import { z } from 'zod';

import { defineMethods } from '../method.ts';
import { countSchema, idSchema, integer, noParamsSchema, timestampSchema } from '../scalars.ts';

const nameSchema = idSchema.max(200);
const textSchema = idSchema.max(20_000);

/** When a job runs. */
const scheduleSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('at'), at: idSchema.max(64) }),
  z.strictObject({
    kind: z.literal('every'),
    everyMs: integer().min(1),
    anchorMs: timestampSchema.optional(),
  }),
  z.strictObject({
    kind: z.literal('cron'),
    expr: idSchema.max(200),
    tz: z.string().max(64).optional(),
    /** Accepted from clients that spread their jobs; runs start at their time here. */
    staggerMs: countSchema.optional(),
  }),
]);

/** What a job tells the agent. */
const payloadSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('agentTurn'),
    message: textSchema,
    /** The tools it may use, of those its maker has. */
    toolsAllow: z.array(idSchema.max(128)).max(100).optional(),
  }),
  z.strictObject({ kind: z.literal('systemEvent'), text: textSchema }),
]);

/** Where the answer goes. */
const deliverySchema = z.strictObject({
  mode: z.enum(['announce', 'none']),
  /** `last` or nothing: the conversation the job was made in, else the owner's last one. */
  channel: idSchema.max(64).optional(),
  to: idSchema.max(200).optional(),
  accountId: idSchema.max(64).optional(),
  /** Accepted from clients; a send that fails never fails the job. */
  bestEffort: z.boolean().optional(),
});

const targetSchema = z.enum(['main', 'isolated']);
const wakeSchema = z.enum(['now', 'next-heartbeat']);
const missedSchema = z.enum(['once', 'skip']);
const statusSchema = z.enum(['ok', 'error', 'skipped']);

/** A job. */
export const cronJobSchema = z.strictObject({
  id: idSchema,
  agentId: idSchema,
  name: nameSchema,
  description: z.string().optional(),
  enabled: z.boolean(),
  deleteAfterRun: z.boolean(),
  createdAtMs: timestampSchema,
  updatedAtMs: timestampSchema,
  schedule: scheduleSchema,
  sessionTarget: targetSchema,
  wakeMode: z.literal('now'),
  payload: payloadSchema,
  delivery: deliverySchema,
  /** What is done about a time that passed while the gateway did not run. */
  missed: missedSchema,
  /** Principal id of its maker, whose rights bound it. */
  createdBy: idSchema,
  state: z.strictObject({
    nextRunAtMs: timestampSchema.optional(),
    runningAtMs: timestampSchema.optional(),
    lastRunAtMs: timestampSchema.optional(),
    lastRunStatus: statusSchema.optional(),
    lastStatus: statusSchema.optional(),
    lastError: z.string().optional(),
    lastDurationMs: countSchema.optional(),
    consecutiveErrors: countSchema,
  }),
});

/** A job. */
export type CronJob = z.infer<typeof cronJobSchema>;

const runSchema = z.strictObject({
  ts: timestampSchema,
  jobId: idSchema,
  jobName: z.string(),
  action: z.literal('finished'),
  status: statusSchema,
  error: z.string().optional(),
  runId: idSchema.optional(),
  runAtMs: timestampSchema,
  durationMs: countSchema,
  sessionKey: idSchema.optional(),
});

/** A run that is over. */
export type CronRun = z.infer<typeof runSchema>;

/** Payload of the event `cron`. */
export const cronEventSchema = z.strictObject({
  action: z.enum(['added', 'updated', 'removed', 'started', 'finished']),
  jobId: idSchema,
  ts: timestampSchema,
  runAtMs: timestampSchema.optional(),
  durationMs: countSchema.optional(),
  status: statusSchema.optional(),
  error: z.string().optional(),
});

const draftFields = {
  name: nameSchema,
  description: z.string().max(20_000).optional(),
  enabled: z.boolean().optional(),
  deleteAfterRun: z.boolean().optional(),
  schedule: scheduleSchema,
  /** Follows from the payload; another one is refused. */
  sessionTarget: targetSchema.optional(),
  wakeMode: wakeSchema.optional(),
  payload: payloadSchema,
  delivery: deliverySchema.optional(),
  missed: missedSchema.optional(),
};

/** A job by either of the names clients use. */
const whichFields = { id: idSchema.max(128).optional(), jobId: idSchema.max(128).optional() };

const pageFields = {
  total: countSchema,
  offset: countSchema,
  limit: countSchema,
  hasMore: z.boolean(),
  nextOffset: countSchema.nullable(),
};

const deliveryStatusSchema = z.enum(['delivered', 'not-delivered', 'unknown', 'not-requested']);

const limitSchema = integer().min(1).max(200);

/** Methods on scheduled jobs. */
export const cronMethods = defineMethods({
  'cron.status': {
    scope: 'operator.read',
    params: noParamsSchema,
    result: z.strictObject({
      enabled: z.boolean(),
      /** Jobs are started by their times alone. */
      triggersEnabled: z.literal(false),
      storePath: idSchema,
      jobs: countSchema,
      nextWakeAtMs: timestampSchema.nullable(),
    }),
    summary: 'How the scheduler is doing.',
  },
  'cron.list': {
    scope: 'operator.read',
    params: z.strictObject({
      includeDisabled: z.boolean().optional(),
      enabled: z.enum(['all', 'enabled', 'disabled']).optional(),
      agentId: idSchema.max(64).optional(),
      query: z.string().max(200).optional(),
      sortBy: z.enum(['nextRunAtMs', 'updatedAtMs', 'name']).optional(),
      sortDir: z.enum(['asc', 'desc']).optional(),
      limit: limitSchema.optional(),
      offset: countSchema.optional(),
      compact: z.boolean().optional(),
      /** There are none of the last two. */
      scheduleKind: z.enum(['all', 'at', 'every', 'cron', 'on-exit', 'stream']).optional(),
      /** `unknown`: it has never run. */
      lastRunStatus: z.enum(['all', 'ok', 'error', 'skipped', 'unknown']).optional(),
      /** No job here is conditional. */
      trigger: z.enum(['all', 'conditional', 'unconditional']).optional(),
      includeDeliveryPreviews: z.boolean().optional(),
    }),
    result: z.strictObject({
      jobs: z.array(cronJobSchema),
      /** Another one when the list is: pages of one revision fit together. */
      snapshotRevision: idSchema,
      ...pageFields,
    }),
    summary: 'Jobs by their next run, 50 a page; those that are switched off only when asked for.',
  },
  'cron.get': {
    scope: 'operator.read',
    params: z.strictObject(whichFields),
    result: cronJobSchema,
    summary: 'A job as it stands.',
  },
  'cron.add': {
    scope: 'operator.admin',
    params: z.strictObject({ ...draftFields, agentId: idSchema.max(64).nullable().optional() }),
    result: cronJobSchema,
    summary: 'Makes a job.',
  },
  'cron.update': {
    scope: 'operator.admin',
    params: z.strictObject({
      ...whichFields,
      patch: z.strictObject(draftFields).partial(),
    }),
    result: cronJobSchema,
    summary: 'Changes a job. It belongs to whoever changed it last.',
  },
  'cron.remove': {
    scope: 'operator.admin',
    params: z.strictObject(whichFields),
    result: z.strictObject({ ok: z.literal(true), removed: z.boolean() }),
    summary: 'Removes a job and takes the rights of its runs back.',
  },
  'cron.run': {
    scope: 'operator.admin',
    params: z.strictObject({
      ...whichFields,
      /** `force`: now (the default). `due`: only when its time has come. */
      mode: z.enum(['due', 'force', 'if-enabled']).optional(),
    }),
    result: z.union([
      z.strictObject({ ok: z.literal(true), enqueued: z.literal(true), runId: idSchema }),
      z.strictObject({
        ok: z.literal(true),
        ran: z.literal(false),
        reason: z.enum(['not-due', 'already-running', 'disabled']),
      }),
    ]),
    summary: 'Starts a run. Its end is told by the event `cron`.',
  },
  'cron.runs': {
    scope: 'operator.read',
    params: z.strictObject({
      ...whichFields,
      /** Only runs of the jobs of this agent. */
      agentId: idSchema.max(64).optional(),
      scope: z.enum(['job', 'all']).optional(),
      runId: idSchema.max(256).optional(),
      status: z.enum(['all', 'ok', 'error', 'skipped']).optional(),
      statuses: z.array(statusSchema).min(1).max(3).optional(),
      /** What became of the delivery is not written down: it is always `unknown`. */
      deliveryStatus: deliveryStatusSchema.optional(),
      deliveryStatuses: z.array(deliveryStatusSchema).min(1).max(4).optional(),
      /** Part of the name of the job. */
      query: z.string().max(200).optional(),
      /** Default `desc`: newest first. */
      sortDir: z.enum(['asc', 'desc']).optional(),
      limit: limitSchema.optional(),
      offset: countSchema.optional(),
    }),
    result: z.strictObject({ entries: z.array(runSchema), ...pageFields }),
    summary: 'Runs that are over, newest first, 50 a page.',
  },
});
