/**
 * What `cron` takes.
 *
 * @module
 */
import type { JobDraft, JobPatch } from '@portcullis/core';
import { z } from 'zod';

const SCHEDULE = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('at'),
    at: z.string().min(1).max(64).describe('ISO 8601 with an offset; UTC without one.'),
  }),
  z.strictObject({
    kind: z.literal('every'),
    everyMs: z.int().min(60_000).describe('At least a minute.'),
    anchorMs: z.int().min(0).optional(),
  }),
  z.strictObject({
    kind: z.literal('cron'),
    expr: z.string().min(1).max(200).describe('Five fields, or six with seconds first.'),
    tz: z.string().min(1).max(64).optional().describe('IANA zone. Default UTC.'),
  }),
]);

const PAYLOAD = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('agentTurn'),
    message: z.string().min(1).max(20_000).describe('Prompt of a run in a session of its own.'),
    toolsAllow: z
      .array(z.string().min(1).max(128))
      .max(100)
      .optional()
      .describe('The only tools it may use. Default: those the person who asks has.'),
  }),
  z.strictObject({
    kind: z.literal('systemEvent'),
    text: z.string().min(1).max(20_000).describe('A text for the main session.'),
  }),
]);

const DELIVERY = z.strictObject({
  mode: z.enum(['announce', 'none']),
  channel: z.string().min(1).max(64).optional().describe('With to: somebody else than who asks.'),
  to: z.string().min(1).max(200).optional(),
  accountId: z.string().min(1).max(64).optional(),
});

const FIELDS = {
  name: z.string().min(1).max(200),
  description: z.string().max(20_000).optional(),
  enabled: z.boolean().optional(),
  deleteAfterRun: z.boolean().optional(),
  schedule: SCHEDULE,
  payload: PAYLOAD,
  delivery: DELIVERY.optional().describe('Default: announced in this conversation.'),
  missed: z
    .enum(['once', 'skip'])
    .optional()
    .describe('What to do about a time that passed while the gateway was off.'),
};

const JOB = z.strictObject(FIELDS);
const PATCH = z.strictObject(FIELDS).partial();
const ID: z.ZodString = z.string().min(1).max(128).describe('The id of the job.');
const LIMIT = z.int().min(1).max(200).optional().describe('For runs: how many. Default 20.');

/** Input of `cron`. */
export type CronInput =
  | { readonly action: 'status' }
  | { readonly action: 'list'; readonly includeDisabled?: boolean | undefined }
  | { readonly action: 'add'; readonly job: JobDraft }
  | { readonly action: 'update'; readonly id: string; readonly patch: JobPatch }
  | { readonly action: 'remove' | 'run'; readonly id: string }
  | { readonly action: 'runs'; readonly id?: string; readonly limit?: number };

/** Checks an input. `jobId` is another name of `id` that models know. */
export const INPUT: z.ZodType<CronInput> = z.preprocess(
  withId,
  z.discriminatedUnion('action', [
    z.strictObject({ action: z.literal('status') }),
    z.strictObject({ action: z.literal('list'), includeDisabled: z.boolean().optional() }),
    z.strictObject({ action: z.literal('add'), job: JOB }),
    z.strictObject({ action: z.literal('update'), id: ID, patch: PATCH }),
    z.strictObject({ action: z.enum(['remove', 'run']), id: ID }),
    z.strictObject({ action: z.literal('runs'), id: ID.optional(), limit: LIMIT }),
  ]),
) as unknown as z.ZodType<CronInput>;

/** What is told to the model: one object, because some models take no other schema. */
export const OFFERED: Readonly<Record<string, unknown>> = z.toJSONSchema(
  z.strictObject({
    action: z.enum(['status', 'list', 'add', 'update', 'remove', 'run', 'runs']),
    job: JOB.optional().describe('For add.'),
    id: ID.optional().describe('For update, remove, run and runs.'),
    patch: PATCH.optional().describe('For update: only what changes.'),
    includeDisabled: z.boolean().optional().describe('For list: also what is switched off.'),
    limit: LIMIT,
  }),
  { io: 'input' },
);

function withId(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('jobId' in value) || 'id' in value) {
    return value;
  }
  const { jobId, ...rest } = value;
  return { ...rest, id: jobId };
}
