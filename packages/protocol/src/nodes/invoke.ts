/**
 * What passes between the gateway and a node: one command, and what became of it.
 *
 * @module
 */
import { z } from 'zod';

import { countSchema, idSchema, jsonSchema } from '../scalars.ts';

/** Longest a node may take, in milliseconds. */
const LONGEST_MS = 3_600_000;

/** Parameters of `node.invoke`. */
export const nodeInvokeParamsSchema = z.strictObject({
  nodeId: idSchema.max(128),
  command: idSchema.max(128),
  params: jsonSchema.optional(),
  timeoutMs: countSchema.max(LONGEST_MS).optional(),
  /** The same key never runs a command twice, also over restarts. */
  idempotencyKey: idSchema.max(256),
  /** For `system.run`: whom the command is run for. */
  sessionKey: idSchema.max(512).optional(),
});

/** Payload of the event `node.invoke.request`, to the one node that is asked. */
export const nodeInvokeRequestSchema = z.strictObject({
  id: idSchema,
  nodeId: idSchema,
  command: idSchema,
  paramsJSON: z.string().optional(),
  timeoutMs: countSchema.optional(),
  idempotencyKey: idSchema.optional(),
});

/** One command for a node. */
export type NodeInvokeRequest = z.infer<typeof nodeInvokeRequestSchema>;

/** Payload of the event `node.invoke.cancel`: nobody waits for the answer any more. */
export const nodeInvokeCancelSchema = z.strictObject({ id: idSchema, nodeId: idSchema });

/** Parameters of `node.invoke.result`. */
export const nodeInvokeResultSchema = z.strictObject({
  id: idSchema.max(128),
  nodeId: idSchema.max(128),
  ok: z.boolean(),
  payload: jsonSchema.optional(),
  payloadJSON: z.string().nullable().optional(),
  error: z.strictObject({ code: idSchema.optional(), message: idSchema.optional() }).optional(),
});

/**
 * Parameters of the node command `system.run`, as an operator gives them. Nothing else is taken:
 * that somebody approved it is for the gateway to say, and it asks.
 */
export const systemRunParamsSchema = z.strictObject({
  /** The words of one command. Nothing is expanded. */
  command: z.array(z.string().max(20_000)).min(1).max(512),
  /** Absolute, on the node. Default: the node's own. */
  cwd: z.string().min(1).max(4096).nullable().optional(),
  env: z
    .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/), z.string().max(32_000))
    .optional(),
  timeoutMs: countSchema.min(1).max(LONGEST_MS).nullable().optional(),
  agentId: idSchema.max(128).nullable().optional(),
});

/** One program or file, as the node found it. */
const fingerprintSchema = z.strictObject({
  word: z.string(),
  path: z.string(),
  realPath: z.string(),
  sha256: z.string(),
  dev: z.string(),
  ino: z.string(),
  mtime: z.string(),
});

/**
 * What a node found a command would run: the answer of `system.run.prepare`. What runs later is this,
 * or nothing.
 */
export const systemRunPlanSchema = z.looseObject({
  argv: z.array(z.string()).min(1).max(512),
  /** Free of links. */
  cwd: z.string().min(1).max(4096).nullable(),
  commandText: z.string().optional(),
  programs: z.array(fingerprintSchema).max(128).optional(),
  files: z.array(fingerprintSchema).max(64).optional(),
  /** SHA-256, hex, by which the node knows it again. */
  digest: z.string().max(128).optional(),
});

/** What a node found a command would run. */
export type SystemRunPlan = z.infer<typeof systemRunPlanSchema>;

/** The answer of `system.run`. */
export const systemRunResultSchema = z.looseObject({
  exitCode: z.int().nullable().optional(),
  timedOut: z.boolean().optional(),
  stdout: z.string().optional(),
  stderr: z.string().optional(),
  truncated: z.boolean().optional(),
  error: z.string().nullable().optional(),
});
