/**
 * Questions to a person: what an agent may only do once somebody allowed it.
 *
 * The shapes are those of OpenClaw's clients, which know every question as one about a command. Ours
 * are about any effect, so `command` names the effect and its exact subject, and fields of our own
 * stand beside it. Only what `allowedDecisions` lists is taken as an answer.
 *
 * @module
 */
import { z } from 'zod';

import { defineMethods } from '../method.ts';
import { countSchema, idSchema, integer, timestampSchema } from '../scalars.ts';

/** What may be answered. */
const decisionSchema = z.enum(['allow-once', 'allow-always', 'deny']);

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
  /** Codes of the decisions that ask, with blanks between. */
  code: idSchema,
  /** SHA-256, hex, over everything the answer is bound to. */
  digest: idSchema,
  /**
   * For a question of the information flow: what the session has read, from whom, and where it would
   * go. Show it escaped.
   */
  story: z.string().nullable(),
  /** Principal the agent works for: `telegram:42`. */
  requester: idSchema,
};

const requestSchema = z.strictObject({
  /** Effect and subject in one line. */
  command: idSchema,
  /** For a command: its directory. */
  cwd: idSchema.nullable(),
  agentId: idSchema,
  sessionKey: sourceKeySchema,
  /** For a command on another machine: which. */
  nodeId: idSchema.nullable(),
  /** For a command: where it would run. */
  host: idSchema.nullable(),
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
  host: idSchema.nullable(),
  nodeId: idSchema.nullable(),
  agentId: idSchema,
  allowedDecisions: z.array(decisionSchema),
});

/** What `approval.get` says beside the question itself, which pages of others hold to be closed. */
const detailsSchema = z.strictObject({
  ...effectFields,
  /** Whether what was allowed has begun. An answer is used once. */
  used: z.boolean(),
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
    decision: z.enum(['allow-once', 'allow-always']),
    reason: z.literal('user'),
  }),
  z.strictObject({
    ...overFields,
    status: z.literal('denied'),
    decision: z.literal('deny'),
    /** `no-route`: there was nobody to ask. */
    reason: z.enum(['user', 'no-route']),
  }),
  z.strictObject({
    ...overFields,
    status: z.literal('expired'),
    reason: z.literal('timeout'),
  }),
  z.strictObject({
    ...overFields,
    status: z.literal('cancelled'),
    /** `changed`: what would have happened was no longer what was shown. */
    reason: z.enum(['run-aborted', 'changed']),
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

/** Something that is allowed for good. */
const grantSchema = z.strictObject({
  grantId: idSchema,
  mintedByApprovalId: idSchema,
  agentId: idSchema,
  /** Jobs have no grants of their own. */
  cronJobId: z.literal('none'),
  cronJobName: z.null(),
  /** Effect and the beginning of its subject, for clients that show one line. */
  command: idSchema.max(512),
  cwd: z.null(),
  createdAtMs: timestampSchema,
  expiresAtMs: timestampSchema.nullable(),
  revokedAtMs: z.null(),
  revokedBy: z.null(),
  lastUsedAtMs: timestampSchema.nullable(),
  useCount: countSchema,
  /** What was shown when it was allowed, as JSON text. Show it escaped, and whole. */
  effect: idSchema,
  subject: idSchema,
  /** `exec`: exact commands of the agent. `flow`: one way out of one session. */
  kind: z.enum(['exec', 'flow']),
  sessionKey: sourceKeySchema,
  /** Principal of the approver. */
  createdBy: idSchema,
});

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
      host: idSchema.nullable(),
      nodeId: idSchema.nullable(),
      agentId: idSchema,
      expiresAtMs: timestampSchema,
    }),
    summary: 'A question that waits.',
  },
  'exec.approval.resolve': {
    scope: 'operator.approvals',
    params: z.strictObject({
      id: idSchema.max(128),
      /** One of `allowedDecisions`; another one is `decision not offered`, anything else invalid. */
      decision: idSchema.max(64),
      /** The digest of what was shown: another one is refused, and nothing is answered. */
      digest: idSchema.max(64).optional(),
      /** Whom a client speaks for. Nobody but the connection itself answers. */
      reviewer: z.looseObject({}).optional(),
      /** When what `allow-always` leaves ends. Default: when it is revoked. */
      grantExpiresInDays: integer().min(1).max(3650).optional(),
    }),
    result: z.strictObject({ ok: z.literal(true) }),
    summary: 'Answers a question. The first answer counts.',
  },
  'approval.resolve': {
    scope: 'operator.approvals',
    params: z.strictObject({
      id: idSchema.max(128),
      kind: z.enum(['exec', 'plugin', 'system-agent']),
      decision: decisionSchema,
      digest: idSchema.max(64).optional(),
      reviewer: z.looseObject({}).optional(),
      grantExpiresInDays: integer().min(1).max(3650).optional(),
    }),
    /** `applied` is false where somebody else answered first. */
    result: z.strictObject({ applied: z.boolean(), approval: overSchema }),
    summary: 'Answers a question and says how it stands then. The first answer counts.',
  },
  'exec.approval.grants.list': {
    scope: 'operator.approvals',
    params: z.strictObject({ limit: countSchema.min(1).max(500).optional() }),
    result: z.strictObject({ grants: z.array(grantSchema).max(500) }),
    summary: 'What is allowed for good, newest first.',
  },
  'exec.approval.grants.revoke': {
    scope: 'operator.approvals',
    params: z.strictObject({ grantId: idSchema.max(128) }),
    result: z.strictObject({ outcome: z.enum(['revoked', 'not-found']) }),
    summary: 'Takes back what was allowed for good. It counts from the next effect on.',
  },
  'approval.get': {
    scope: 'operator.approvals',
    params: z.strictObject({
      id: idSchema.max(128),
      /** Also everything that is bound to the answer. */
      details: z.literal(true).optional(),
    }),
    result: z.strictObject({ approval: approvalSchema, details: detailsSchema.optional() }),
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
