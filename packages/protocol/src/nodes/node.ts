/**
 * Nodes: other machines that offer commands, as operators see them.
 *
 * @module
 */
import { z } from 'zod';

import { idSchema, timestampSchema } from '../scalars.ts';

/** Most caps or commands of one node. */
const MOST_OFFERED = 128;

const offeredSchema = z.array(idSchema.max(128)).max(MOST_OFFERED);

/** What a node says of itself. Text from outside: it identifies nothing. */
const introduction = {
  displayName: idSchema.optional(),
  platform: idSchema.optional(),
  version: idSchema.optional(),
  deviceFamily: idSchema.optional(),
  clientId: idSchema.optional(),
  clientMode: idSchema.optional(),
};

/** A node: an entry of `node.list`, and the answer of `node.describe`. */
export const nodeSchema = z.strictObject({
  nodeId: idSchema,
  ...introduction,
  /** What is offered and approved. Empty until somebody approved it. */
  caps: offeredSchema,
  commands: offeredSchema,
  approvalState: z.enum(['approved', 'pending-approval']),
  pendingRequestId: idSchema.optional(),
  pendingDeclaredCaps: offeredSchema.optional(),
  pendingDeclaredCommands: offeredSchema.optional(),
  connectedAtMs: timestampSchema.optional(),
  lastSeenAtMs: timestampSchema.optional(),
  approvedAtMs: timestampSchema.optional(),
  paired: z.boolean(),
  connected: z.boolean(),
});

/** A node. */
export type Node = z.infer<typeof nodeSchema>;

/** What a node offers and nobody has approved: an entry of `node.pair.list`, and an event. */
export const nodeRequestSchema = z.strictObject({
  requestId: idSchema,
  nodeId: idSchema,
  ...introduction,
  /** Everything that is offered, what is approved already included. */
  caps: offeredSchema,
  commands: offeredSchema,
  /** The scopes it takes to approve it, all of them. */
  requiredApproveScopes: z.array(idSchema),
  /** True when a part of it is approved already. */
  isRepair: z.boolean(),
  ts: timestampSchema,
});

/** What a node offers and nobody has approved. */
export type NodeRequest = z.infer<typeof nodeRequestSchema>;

/** A node with an approval: an entry of `node.pair.list`. */
export const pairedNodeSchema = z.strictObject({
  nodeId: idSchema,
  ...introduction,
  /** Exactly what was approved, offered now or not. */
  caps: offeredSchema,
  commands: offeredSchema,
  createdAtMs: timestampSchema,
  approvedAtMs: timestampSchema,
  approvedBy: idSchema,
  lastSeenAtMs: timestampSchema,
  connected: z.boolean(),
});

/** A node with an approval. */
export type PairedNode = z.infer<typeof pairedNodeSchema>;

/** Payload of the event `node.pair.resolved`. */
export const nodeResolvedSchema = z.strictObject({
  requestId: idSchema,
  nodeId: idSchema,
  decision: z.enum(['approved', 'rejected']),
  ts: timestampSchema,
});

/** Payload of the event `node.presence`. */
export const nodePresenceSchema = z.strictObject({
  nodeId: idSchema,
  connected: z.boolean(),
  ts: timestampSchema,
});
