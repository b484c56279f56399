/**
 * Methods on nodes, for operators and for the nodes themselves.
 *
 * @module
 */
import { z } from 'zod';

import { defineMethods } from '../method.ts';
import { countSchema, idSchema, jsonSchema, noParamsSchema, timestampSchema } from '../scalars.ts';
import { nodeInvokeParamsSchema, nodeInvokeResultSchema } from './invoke.ts';
import { nodeRequestSchema, nodeSchema, pairedNodeSchema } from './node.ts';

const nodeIdSchema = z.strictObject({ nodeId: idSchema.max(128) });
const requestIdSchema = z.strictObject({ requestId: idSchema.max(128) });

/** Longest piece of output a node may report in between, in characters. */
const CHUNK = 16_384;

/** Methods on nodes for operators. */
const operatorMethods = defineMethods({
  'node.list': {
    scope: 'operator.read',
    params: noParamsSchema,
    result: z.strictObject({ ts: timestampSchema, nodes: z.array(nodeSchema) }),
    summary: 'Every node that is paired as a device, approved or not.',
  },
  'node.describe': {
    scope: 'operator.read',
    params: nodeIdSchema,
    result: nodeSchema.extend({ ts: timestampSchema }),
    summary: 'What one node is, offers and may be asked for.',
  },
  'node.invoke': {
    scope: 'operator.write',
    params: nodeInvokeParamsSchema,
    result: z.strictObject({
      ok: z.literal(true),
      nodeId: idSchema,
      command: idSchema,
      payload: z.unknown(),
      payloadJSON: z.string().nullable(),
    }),
    summary:
      'Asks a node for a command that it offers, that is approved and that `gateway.nodes.commands` allows. What reaches into the machine needs admin, and `system.run` what `tools.exec` asks for.',
  },
  'node.pair.list': {
    scope: 'operator.pairing',
    params: noParamsSchema,
    result: z.strictObject({
      pending: z.array(nodeRequestSchema),
      paired: z.array(pairedNodeSchema),
    }),
    summary: 'What nodes offer and nobody has approved, and what is approved.',
  },
  'node.pair.approve': {
    scope: 'operator.pairing',
    params: requestIdSchema,
    result: z.strictObject({ requestId: idSchema, node: pairedNodeSchema }),
    summary: 'Approves exactly what a node offers. Takes every scope in `requiredApproveScopes`.',
  },
  'node.pair.reject': {
    scope: 'operator.pairing',
    params: requestIdSchema,
    result: z.strictObject({ requestId: idSchema, nodeId: idSchema }),
    summary: 'Refuses what a node offers. What was approved before stays.',
  },
  'node.pair.remove': {
    scope: 'operator.pairing',
    params: nodeIdSchema,
    result: z.strictObject({ nodeId: idSchema }),
    summary: 'Takes a node back: its approval, its device and its connection.',
  },
  'node.rename': {
    scope: 'operator.pairing',
    params: z.strictObject({ nodeId: idSchema.max(128), displayName: idSchema.max(64) }),
    result: z.strictObject({ nodeId: idSchema, displayName: idSchema }),
    summary: 'Gives a node a name.',
  },
});

/** Methods only nodes may call. */
const ownMethods = defineMethods({
  'node.invoke.result': {
    scope: 'none',
    role: 'node',
    params: nodeInvokeResultSchema,
    result: z.strictObject({ ok: z.literal(true), ignored: z.literal(true).optional() }),
    summary: 'What became of a command. One that nobody waits for is ignored.',
  },
  'node.invoke.progress': {
    scope: 'none',
    role: 'node',
    params: z.strictObject({
      invokeId: idSchema.max(128),
      nodeId: idSchema.max(128),
      seq: countSchema,
      chunk: z.string().max(CHUNK),
    }),
    result: z.strictObject({ ok: z.literal(true), ignored: z.literal(true).optional() }),
    summary: 'A sign that a command goes on. Its time begins anew, up to the longest there is.',
  },
  'node.event': {
    scope: 'none',
    role: 'node',
    params: z.strictObject({
      event: idSchema.max(128),
      payload: jsonSchema.optional(),
      payloadJSON: z.string().nullable().optional(),
    }),
    result: z.strictObject({
      ok: z.literal(true),
      event: idSchema,
      handled: z.boolean(),
      reason: idSchema.optional(),
    }),
    summary:
      'Something a node tells. Only `node.presence.alive` means something; nothing wakes an agent.',
  },
  'node.pending.drain': {
    scope: 'none',
    role: 'node',
    params: z.strictObject({ maxItems: countSchema.min(1).max(10).optional() }),
    result: z.strictObject({
      nodeId: idSchema,
      revision: countSchema,
      items: z.array(z.never()),
      hasMore: z.literal(false),
    }),
    summary: 'Work that waited for a node: none. A node that is away is asked for nothing.',
  },
  'node.pending.pull': {
    scope: 'none',
    role: 'node',
    params: z.looseObject({}),
    result: z.strictObject({ nodeId: idSchema, actions: z.array(z.never()) }),
    summary: 'The same in the older form: none.',
  },
  'node.pending.ack': {
    scope: 'none',
    role: 'node',
    params: z.strictObject({ ids: z.array(idSchema.max(128)).min(1).max(100) }),
    result: z.strictObject({
      nodeId: idSchema,
      ackedIds: z.array(z.never()),
      remainingCount: z.literal(0),
    }),
    summary: 'Acknowledges work that waited: there is none.',
  },
  'skills.bins': {
    scope: 'none',
    role: 'node',
    params: noParamsSchema,
    result: z.strictObject({ bins: z.array(z.never()) }),
    summary: 'Programs that skills need: none.',
  },
});

/** Methods on nodes. */
export const nodeMethods = { ...operatorMethods, ...ownMethods };
