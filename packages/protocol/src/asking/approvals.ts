/**
 * Questions to a person: what an agent may only do once somebody allowed it.
 *
 * The shapes are those of OpenClaw's clients, which know every question as one about a command. Ours
 * are about any effect, so `command` names the effect and its exact subject, and fields of our own
 * stand beside it. There is no durable trust yet: `allow-always` is neither offered nor taken.
 *
 * @module
 */
import { z } from 'zod';

import { defineMethods } from '../method.ts';
import { countSchema, idSchema, integer, timestampSchema } from '../scalars.ts';

/** What may be answered. */
const decisionSchema = z.enum(['allow-once', 'deny']);

/** A session key, whatever made it. */
const sourceKeySchema = idSchema.max(512);

/** What would happen, beside the text of it that every client shows. */
const effectFields = {
  tool: idSchema,
  /** In plain words: `send a message to somebody else`. */
  act: idSchema,
  /** Kind of effect and what is done: `send message`. */
  effect: idSchema,
  /** Exactly what would happen, as JSON text. Show it escaped, and whole. */
  subject: idSchema,
  /** Code of the decision that asks. */
  code: idSchema,
  /** Principal the agent works for: `telegram:42`. */
  requester: idSchema,
};

const requestSchema = z.strictObject({
  /** Effect and subject in one line. */
  command: idSchema,
  cwd: z.null(),
  agentId: idSchema,
  sessionKey: sourceKeySchema,
  nodeId: z.null(),
  host: z.null(),
  security: z.null(),
  ask: z.null(),
  /** Why it is asked, one sentence. */
  warningText: idSchema,
  resolvedPath: z.null(),
  allowedDecisions: z.array(decisionSchema),
  ...effectFields,
});

/** A question that waits: an entry of `exec.approval.list`, and `exec.approval.requested`. */
export const approvalRequestSchema = z.strictObject({
  id: idSchema,
  approvalKind: z.literal('exec'),
  request: requestSchema,
  createdAtMs: timestampSchema,
  expiresAtMs: timestampSchema,
});

/** A question that waits. */
export type ApprovalRequest = z.infer<typeof approvalRequestSchema>;

/** Payload of `exec.approval.resolved`. One that nobody answered is a `deny` by nobody. */
export const approvalResolvedSchema = z.strictObject({
  id: idSchema,
  decision: decisionSchema,
  resolvedBy: idSchema.nullable(),
  ts: timestampSchema,
  request: requestSchema,
});

const presentationSchema = z.strictObject({
  kind: z.literal('exec'),
  commandText: idSchema,
  commandPreview: z.null(),
  warningText: idSchema,
  host: z.null(),
  nodeId: z.null(),
  agentId: idSchema,
  allowedDecisions: z.array(decisionSchema),
  ...effectFields,
});

const snapshotFields = {
  id: idSchema,
  urlPath: idSchema,
  createdAtMs: timestampSchema,
  expiresAtMs: timestampSchema,
  presentation: presentationSchema,
};

const overFields = {
  ...snapshotFields,
  resolvedAtMs: timestampSchema,
  source: z.strictObject({ agentId: idSchema, sessionKey: sourceKeySchema }),
  resolver: z
    .strictObject({ kind: z.enum(['device', 'channel', 'runtime', 'system']), id: idSchema })
    .optional(),
};

const overSchema = z.discriminatedUnion('status', [
  z.strictObject({
    ...overFields,
    status: z.literal('allowed'),
    decision: z.literal('allow-once'),
    reason: z.literal('user'),
    /** Whether what was allowed has begun. An answer is used once. */
    used: z.boolean(),
  }),
  z.strictObject({
    ...overFields,
    status: z.literal('denied'),
    decision: z.literal('deny'),
    reason: z.literal('user'),
  }),
  z.strictObject({
    ...overFields,
    status: z.literal('expired'),
    reason: z.literal('timeout'),
  }),
  z.strictObject({
    ...overFields,
    status: z.literal('cancelled'),
    reason: z.literal('run-aborted'),
  }),
]);

/** A question, waiting or over. */
export const approvalSchema = z.union([
  z.strictObject({
    ...snapshotFields,
    status: z.literal('pending'),
    sourceSessionKey: sourceKeySchema,
  }),
  overSchema,
]);

/** A question, waiting or over. */
export type Approval = z.infer<typeof approvalSchema>;

const idParamsSchema = z.strictObject({ id: idSchema.max(128) });

/** Methods on questions. */
export const approvalMethods = defineMethods({
  'exec.approval.list': {
    scope: 'operator.approvals',
    params: z.looseObject({}),
    result: z.array(approvalRequestSchema),
    summary: 'Questions that wait for an answer, oldest first.',
  },
  'exec.approval.get': {
    scope: 'operator.approvals',
    params: idParamsSchema,
    result: z.strictObject({
      id: idSchema,
      commandText: idSchema,
      commandPreview: z.null(),
      allowedDecisions: z.array(decisionSchema),
      host: z.null(),
      nodeId: z.null(),
      agentId: idSchema,
      expiresAtMs: timestampSchema,
    }),
    summary: 'A question that waits.',
  },
  'exec.approval.resolve': {
    scope: 'operator.approvals',
    params: z.strictObject({
      id: idSchema.max(128),
      /** `allow-once` or `deny`; anything else is `invalid decision`. */
      decision: idSchema.max(64),
      /** Whom a client speaks for. Nobody but the connection itself answers. */
      reviewer: z.looseObject({}).optional(),
      grantExpiresInDays: integer().min(1).max(3650).optional(),
    }),
    result: z.strictObject({ ok: z.literal(true) }),
    summary: 'Answers a question. The first answer counts.',
  },
  'exec.approval.grants.list': {
    scope: 'operator.approvals',
    params: z.strictObject({ limit: countSchema.min(1).max(500).optional() }),
    result: z.strictObject({ grants: z.array(z.never()) }),
    summary: 'What is allowed for good: nothing.',
  },
  'approval.get': {
    scope: 'operator.approvals',
    params: idParamsSchema,
    result: z.strictObject({ approval: approvalSchema }),
    summary: 'A question, waiting or over.',
  },
  'approval.history': {
    scope: 'operator.approvals',
    params: z.strictObject({
      limit: countSchema.min(1).max(100).optional(),
      cursor: idSchema.max(512).optional(),
      kind: z.enum(['exec', 'plugin', 'system-agent']).optional(),
    }),
    result: z.strictObject({ items: z.array(overSchema), nextCursor: idSchema.optional() }),
    summary: 'Questions that are over, newest first, 50 a page.',
  },
});
