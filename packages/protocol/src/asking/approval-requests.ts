/**
 * Questions that a client puts to approvers about a command it runs itself.
 *
 * The gateway runs nothing because of them: it asks, and tells whoever asked what was answered.
 *
 * @module
 */
import { z } from 'zod';

import { defineMethods } from '../method.ts';
import { countSchema, idSchema, integer, jsonSchema, timestampSchema } from '../scalars.ts';

const wordsSchema = z.array(z.string().max(20_000)).max(512);

/** What the client says of where its question comes from. Shown, and believed by nobody. */
const toldFields = {
  security: idSchema.max(64).nullable().optional(),
  ask: idSchema.max(64).nullable().optional(),
  warningText: z.string().max(4000).nullable().optional(),
  scope: jsonSchema.optional(),
  commandSpans: z
    .array(z.strictObject({ startIndex: countSchema, endIndex: countSchema.min(1) }))
    .max(512)
    .optional(),
  resolvedPath: z.string().max(4096).nullable().optional(),
  sessionId: z.string().max(512).nullable().optional(),
  runId: z.string().max(512).nullable().optional(),
  toolCallId: z.string().max(512).nullable().optional(),
  turnSourceChannel: z.string().max(128).nullable().optional(),
  turnSourceTo: z.string().max(512).nullable().optional(),
  turnSourceAccountId: z.string().max(128).nullable().optional(),
  turnSourceThreadId: z
    .union([z.string().max(512), z.number()])
    .nullable()
    .optional(),
};

const requestParamsSchema = z.strictObject({
  /** Default: a new one that nobody can guess. */
  id: z
    .string()
    .regex(/^[A-Za-z0-9][\w-]{0,39}$/, 'must be up to 40 letters, digits, - and _')
    .optional(),
  /** What would run, as text. Needed where neither `commandArgv` nor `systemRunPlan` says it. */
  command: idSchema.max(100_000).optional(),
  /** What would run, word by word. Default: the words of the plan. */
  commandArgv: wordsSchema.min(1).optional(),
  /** What a node prepared. Needed for `host: "node"`. Shown whole. */
  systemRunPlan: z
    .looseObject({
      argv: wordsSchema.min(1),
      cwd: z.string().max(4096).nullable().optional(),
    })
    .optional(),
  env: z.record(idSchema.max(128), z.string().max(32_000)).optional(),
  cwd: z.string().max(4096).nullable().optional(),
  /** Default: `gateway`. */
  host: z.enum(['gateway', 'node', 'sandbox']).nullable().optional(),
  nodeId: idSchema.max(128).nullable().optional(),
  /** For which agent. Default: the default one. Its rules for commands are asked first. */
  agentId: idSchema.max(128).nullable().optional(),
  /** A session of that agent. Default: its main one. */
  sessionKey: idSchema.max(512).nullable().optional(),
  ...toldFields,
  /** `allow-always` is never offered: nothing here would use it. */
  unavailableDecisions: z.array(z.literal('allow-always')).length(1).optional(),
  /** Nobody is asked in conversations, only connected clients. */
  suppressDelivery: z.boolean().optional(),
  /** The same. */
  deliverToApprovalClientsOnly: z.boolean().optional(),
  /** It always is: where nobody would hear of the question, it is over at once. */
  requireDeliveryRoute: z.literal(true).optional(),
  /** How long an answer may take. Default, and at most: 30 minutes. */
  timeoutMs: integer().min(1).optional(),
  /** Answer at once, and tell the decision to `exec.approval.waitDecision`. */
  twoPhase: z.boolean().optional(),
});

const decidedFields = {
  id: idSchema,
  /** Null where nobody decided. */
  decision: z.enum(['allow-once', 'allow-always', 'deny']).nullable(),
  createdAtMs: timestampSchema,
  expiresAtMs: timestampSchema,
  /** Why it is over. */
  terminalReason: z.enum(['user', 'timeout', 'no-route', 'run-aborted']),
};

/** Methods by which clients ask. */
export const approvalRequestMethods = defineMethods({
  'exec.approval.request': {
    scope: 'operator.approvals',
    params: requestParamsSchema,
    result: z.union([
      z.strictObject(decidedFields),
      z.strictObject({
        status: z.literal('accepted'),
        id: idSchema,
        /** Who hears of it: people where they are, connected clients, nobody. */
        deliveryRoute: z.enum(['forwarder', 'approval-client', 'none']),
        createdAtMs: timestampSchema,
        expiresAtMs: timestampSchema,
      }),
    ]),
    summary:
      'Asks approvers about a command that the client runs itself, and waits for the answer. The device that asks cannot allow it, nor, without one, the connection that asks.',
  },
  'exec.approval.waitDecision': {
    scope: 'operator.approvals',
    params: z.strictObject({ id: idSchema.max(128) }),
    result: z.strictObject(decidedFields),
    summary: 'Waits for the answer to a question of the caller. A yes is told once.',
  },
});
