/**
 * The audit log as clients of this protocol list it: runs and tool calls, metadata only.
 *
 * @module
 */
import { z } from 'zod';

import { defineMethods } from '../method.ts';
import { idSchema, integer, timestampSchema } from '../scalars.ts';

const kindSchema = z.enum(['agent_run', 'tool_action']);
const statusSchema = z.enum([
  'started',
  'succeeded',
  'failed',
  'cancelled',
  'timed_out',
  'blocked',
  'unknown',
]);

const eventFields = {
  eventId: idSchema,
  /** The line of the audit log. */
  sequence: integer().min(1),
  sourceSequence: integer().min(1),
  occurredAt: timestampSchema,
  redaction: z.literal('metadata_only'),
  actor: z.strictObject({ type: z.literal('agent'), id: idSchema }),
  agentId: idSchema,
  sessionKey: idSchema,
  runId: idSchema,
  status: statusSchema,
};

const runFields = {
  ...eventFields,
  kind: z.literal('agent_run'),
  action: z.enum(['agent.run.started', 'agent.run.finished']),
  errorCode: z.enum(['run_failed', 'run_cancelled', 'run_timed_out', 'run_blocked']).optional(),
};

const toolFields = {
  ...eventFields,
  kind: z.literal('tool_action'),
  action: z.enum(['tool.action.started', 'tool.action.finished']),
  toolName: idSchema,
  errorCode: z.enum(['tool_failed', 'tool_blocked']).optional(),
};

const version = { schemaVersion: z.literal(1) };

/** An entry of `audit.activity.list`. */
export const activitySchema = z.discriminatedUnion('eventType', [
  z.strictObject({ ...runFields, ...version, eventType: z.literal('agent_run') }),
  z.strictObject({ ...toolFields, ...version, eventType: z.literal('tool_action') }),
]);

/** An entry of `audit.activity.list`. */
export type Activity = z.infer<typeof activitySchema>;

const filters = {
  agentId: idSchema.optional(),
  sessionKey: idSchema.optional(),
  runId: idSchema.optional(),
  status: statusSchema.optional(),
  /** From this time, milliseconds since 1970. */
  after: timestampSchema.optional(),
  /** Up to and without this time. */
  before: timestampSchema.optional(),
  limit: integer().min(1).max(500).optional(),
  cursor: idSchema.max(64).optional(),
};

/** Methods on what agents did. */
export const activityMethods = defineMethods({
  'audit.activity.list': {
    scope: 'operator.read',
    params: z.strictObject({
      ...filters,
      /** `message`: none here, the audit log has them as decisions of `audit.log`. */
      kind: z.enum(['agent_run', 'tool_action', 'message']).optional(),
      direction: z.enum(['inbound', 'outbound']).optional(),
      channel: idSchema.optional(),
    }),
    result: z.strictObject({ events: z.array(activitySchema), nextCursor: idSchema.optional() }),
    summary: 'Runs and tool calls out of the audit log, newest first, 100 a page: never any text.',
  },
  'audit.list': {
    scope: 'operator.read',
    params: z.strictObject({ ...filters, kind: kindSchema.optional() }),
    result: z.strictObject({
      events: z.array(
        z.discriminatedUnion('kind', [z.strictObject(runFields), z.strictObject(toolFields)]),
      ),
      nextCursor: idSchema.optional(),
    }),
    summary: 'The same for clients that know the older form.',
  },
});
