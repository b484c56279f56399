/**
 * Agents: who they are, and one run from start to end.
 *
 * @module
 */
import { z } from 'zod';

import { usageSchema } from './message.ts';
import { defineMethods } from './method.ts';
import {
  countSchema,
  idSchema,
  noParamsSchema,
  sessionKeySchema,
  timestampSchema,
} from './scalars.ts';
import { attachmentSchema } from './send.ts';

/** Payload of the event `agent`: what a run is doing. */
export const agentEventSchema = z.strictObject({
  runId: idSchema,
  /** Per run, rising. */
  seq: countSchema,
  /** `tool` only to connections with the cap `tool-events`. */
  stream: z.enum(['lifecycle', 'assistant', 'tool']),
  ts: timestampSchema,
  sessionKey: idSchema,
  agentId: idSchema,
  /**
   * `lifecycle`: `{ phase: start | end | error }`. `assistant`: `{ text, delta }`. `tool`:
   * `{ phase: start, name, toolCallId, args }`, then `{ phase: result, name, toolCallId, isError,
   * result }`.
   */
  data: z.record(z.string(), z.unknown()),
});

/** Payload of the event `agent`. */
export type AgentEvent = z.infer<typeof agentEventSchema>;

const acceptedSchema = z.strictObject({
  runId: idSchema,
  sessionKey: idSchema,
  agentId: idSchema,
  status: z.literal('accepted'),
  acceptedAt: timestampSchema,
});

const endedSchema = z.strictObject({
  runId: idSchema,
  status: z.enum(['ok', 'error']),
  summary: z.string(),
  result: z.strictObject({
    payloads: z.array(z.strictObject({ text: z.string(), mediaUrl: z.null() })),
    meta: z.strictObject({
      durationMs: countSchema,
      agentMeta: z.strictObject({
        sessionId: z.string(),
        provider: z.string(),
        model: z.string(),
        usage: usageSchema.optional(),
      }),
    }),
  }),
});

/** Methods on agents. */
export const agentMethods = defineMethods({
  agent: {
    scope: 'operator.write',
    params: z.strictObject({
      message: idSchema,
      idempotencyKey: idSchema.max(256),
      sessionKey: sessionKeySchema.optional(),
      sessionId: idSchema.optional(),
      agentId: idSchema.optional(),
      attachments: z.array(attachmentSchema).max(32).optional(),
      /** Seconds to wait for the second response. */
      timeout: countSchema.optional(),
      /** Refused: name the session. */
      to: z.string().optional(),
      /** Refused when true: the answer goes to the caller, and to no channel. */
      deliver: z.boolean().optional(),
      bestEffortDeliver: z.boolean().optional(),
      /** Without effect. */
      thinking: z.string().optional(),
      lane: z.string().optional(),
      cleanupBundleMcpOnRunEnd: z.boolean().optional(),
    }),
    result: z.union([acceptedSchema, endedSchema]),
    summary:
      'Runs the agent once. Answers twice on one id: at once with `status: accepted`, then with the result.',
  },
  'agent.wait': {
    scope: 'operator.write',
    params: z.strictObject({ runId: idSchema, timeoutMs: countSchema.optional() }),
    result: z.strictObject({
      runId: idSchema,
      status: z.enum(['ok', 'error', 'timeout']),
      error: z.string().optional(),
    }),
    summary: 'Waits until a run has ended.',
  },
  'agents.list': {
    scope: 'operator.read',
    params: noParamsSchema,
    result: z.strictObject({
      defaultId: idSchema,
      mainKey: idSchema,
      scope: z.literal('per-sender'),
      agents: z.array(
        z.strictObject({
          id: idSchema,
          name: idSchema.optional(),
          workspace: idSchema.optional(),
          model: z.strictObject({ primary: idSchema }).optional(),
        }),
      ),
    }),
    summary: 'The agents of the configuration. Workspace paths are for `operator.admin` only.',
  },
  'agent.identity.get': {
    scope: 'operator.read',
    params: z.strictObject({
      agentId: idSchema.optional(),
      sessionKey: sessionKeySchema.optional(),
    }),
    result: z.strictObject({
      agentId: idSchema,
      name: idSchema,
      nameSource: z.enum(['config', 'default']),
    }),
    summary: 'The name of an agent.',
  },
});
