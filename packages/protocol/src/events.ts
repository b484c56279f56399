/**
 * Every event, with the scope a connection needs to receive it. An event that is not listed is
 * never sent.
 *
 * @module
 */
import { z } from 'zod';

import { agentEventSchema } from './agents.ts';
import { approvalRequestSchema, approvalResolvedSchema } from './asking/approvals.ts';
import { cronEventSchema } from './automation/cron.ts';
import { chatEventSchema } from './chat/event.ts';
import { presenceEntrySchema } from './connect.ts';
import { deviceRequestSchema, deviceResolvedSchema } from './devices.ts';
import { healthSchema } from './gateway.ts';
import { messageSchema } from './message.ts';
import { nodeInvokeCancelSchema, nodeInvokeRequestSchema } from './nodes/invoke.ts';
import { nodePresenceSchema, nodeRequestSchema, nodeResolvedSchema } from './nodes/node.ts';
import { questionResolvedSchema, questionSchema } from './asking/questions.ts';
import { criticalSchema } from './operations/security.ts';
import { idSchema, integer, timestampSchema } from './scalars.ts';
import type { RequiredScope } from './scopes.ts';
import { sessionRowSchema } from './sessions/row.ts';

/** An event of the gateway. */
export interface EventSpec<TPayload extends z.ZodType = z.ZodType> {
  readonly scope: RequiredScope;
  /** `all`: operators and nodes. `node`: one node, never broadcast. Default: operators. */
  readonly to?: 'all' | 'node';
  readonly payload: TPayload;
  readonly summary: string;
}

function defineEvents<const T extends Readonly<Record<string, EventSpec>>>(events: T): T {
  return events;
}

/** Every event. */
export const EVENTS = defineEvents({
  tick: {
    scope: 'none',
    to: 'all',
    payload: z.strictObject({ ts: timestampSchema }),
    summary: 'A sign of life.',
  },
  shutdown: {
    scope: 'none',
    to: 'all',
    payload: z.strictObject({
      reason: idSchema,
      restartExpectedMs: integer().min(0).optional(),
    }),
    summary: 'The gateway stops; the socket closes with 1012 right after.',
  },
  health: {
    scope: 'none',
    payload: healthSchema,
    summary: 'The answer of `health` without sessions: when it is another one, and once a minute.',
  },
  presence: {
    scope: 'operator.read',
    payload: z.strictObject({ presence: z.array(presenceEntrySchema) }),
    summary: 'Somebody came or went.',
  },
  chat: {
    scope: 'operator.read',
    payload: chatEventSchema,
    summary: 'An answer being written: deltas, then one of final, aborted, error.',
  },
  agent: {
    scope: 'operator.read',
    payload: agentEventSchema,
    summary: 'What a run is doing.',
  },
  'sessions.changed': {
    scope: 'operator.read',
    payload: z.strictObject({
      sessionKey: idSchema,
      agentId: idSchema,
      reason: idSchema,
      phase: z.enum(['start', 'end']).optional(),
      ts: timestampSchema,
      session: sessionRowSchema.optional(),
      ...sessionRowSchema.omit({ agentId: true }).partial().shape,
    }),
    summary: 'A session changed. To connections that called `sessions.subscribe`.',
  },
  'session.message': {
    scope: 'operator.read',
    payload: z.strictObject({
      sessionKey: idSchema,
      agentId: idSchema,
      message: messageSchema,
      messageId: idSchema,
      messageSeq: integer().min(1),
      session: sessionRowSchema.optional(),
    }),
    summary: 'A message was stored. To connections that follow the session.',
  },
  cron: {
    scope: 'operator.read',
    payload: cronEventSchema,
    summary: 'A scheduled job changed, began or ended.',
  },
  'config.changed': {
    scope: 'operator.read',
    payload: z.strictObject({ path: idSchema, hash: idSchema, ts: timestampSchema }),
    summary: 'Another configuration was said yes to, or is in force.',
  },
  'security.critical': {
    scope: 'operator.admin',
    payload: z.strictObject({ ts: timestampSchema, critical: z.array(criticalSchema) }),
    summary: 'The audit of the running gateway found something critical that is new.',
  },
  'exec.approval.requested': {
    scope: 'operator.approvals',
    payload: approvalRequestSchema,
    summary: 'An agent waits for an answer.',
  },
  'exec.approval.resolved': {
    scope: 'operator.approvals',
    payload: approvalResolvedSchema,
    summary: 'A question was answered, withdrawn, or its time is over.',
  },
  'question.requested': {
    scope: 'operator.questions',
    payload: questionSchema,
    summary: 'An agent asks something. To connections that may answer it.',
  },
  'question.resolved': {
    scope: 'operator.questions',
    payload: questionResolvedSchema,
    summary: 'A question is over. To connections that could have answered it.',
  },
  'device.pair.requested': {
    scope: 'operator.pairing',
    payload: deviceRequestSchema,
    summary: 'A device asks to be paired.',
  },
  'device.pair.resolved': {
    scope: 'operator.pairing',
    payload: deviceResolvedSchema,
    summary: 'A device was approved or rejected.',
  },
  'node.presence': {
    scope: 'operator.read',
    payload: nodePresenceSchema,
    summary: 'A node came or went.',
  },
  'node.pair.requested': {
    scope: 'operator.pairing',
    payload: nodeRequestSchema,
    summary: 'A node offers what nobody has approved.',
  },
  'node.pair.resolved': {
    scope: 'operator.pairing',
    payload: nodeResolvedSchema,
    summary: 'What a node offers was approved or rejected.',
  },
  'node.invoke.request': {
    scope: 'none',
    to: 'node',
    payload: nodeInvokeRequestSchema,
    summary: 'A command for the node that hears of it, and for no other connection.',
  },
  'node.invoke.cancel': {
    scope: 'none',
    to: 'node',
    payload: nodeInvokeCancelSchema,
    summary: 'Nobody waits for a command any more. To the node that was asked.',
  },
});

/** Name of an event. */
export type EventName = keyof typeof EVENTS;

/** Payload of an event. */
export type EventPayload<E extends EventName> = z.infer<(typeof EVENTS)[E]['payload']>;
