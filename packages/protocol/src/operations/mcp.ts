/**
 * Servers of tools, and what the owner accepted of them.
 *
 * @module
 */
import { z } from 'zod';

import { defineMethods } from '../method.ts';
import { idSchema, timestampSchema } from '../scalars.ts';

/** A configured server. */
const reportSchema = z.strictObject({
  id: idSchema,
  /** What policy and the audit log know it as: `mcp:files`. */
  principal: idSchema,
  /** `program`: started by the gateway. `web`: reached over the net. */
  kind: z.enum(['program', 'web']),
  /** `idle`: not connected, because nobody uses it. `unusable`: its config is wrong. */
  state: z.enum(['idle', 'connecting', 'connected', 'failed', 'unusable']),
  problem: z.string().optional(),
  /** The end of what its program said on standard error. Text from outside: escape it. */
  said: z.string().optional(),
  retryAt: timestampSchema.optional(),
  /** Names of its tools that the agent may be offered. */
  offered: z.array(idSchema),
  /** True when it listed something that the owner has not accepted. */
  differs: z.boolean(),
  acceptedAt: timestampSchema.optional(),
  acceptedBy: z.string().optional(),
});

/** What a server says a tool is. Text from outside: escape it. */
const definitionSchema = z.strictObject({
  description: z.string(),
  /** As JSON text. */
  inputSchema: z.string(),
});

const toolSchema = z.strictObject({
  /** The server's own name for it. Text from outside: escape it. */
  name: z.string(),
  /** `gone`: accepted, and no longer there. */
  standing: z.enum(['accepted', 'new', 'changed', 'gone']),
  /** What the agent would know it as; absent where it can have no name. */
  offeredAs: idSchema.optional(),
  /** Why it is not offered even when it is accepted. */
  withheld: z.string().optional(),
  /** What the operator mapped it to. */
  effect: idSchema,
  now: definitionSchema.optional(),
  accepted: definitionSchema.optional(),
});

const inspectionSchema = z.strictObject({
  server: reportSchema,
  tools: z.array(toolSchema),
  /** Names exactly this list: an acceptance is bound to it. */
  digest: idSchema,
});

const serverId = idSchema.max(64);

/** A configured server. */
export type ToolServer = z.infer<typeof reportSchema>;

/** A server and its tools, fresh from it. */
export type ToolServerInspection = z.infer<typeof inspectionSchema>;

/** Methods on servers of tools. */
export const mcpMethods = defineMethods({
  'mcp.list': {
    scope: 'operator.read',
    params: z.strictObject({}),
    result: z.strictObject({ servers: z.array(reportSchema) }),
    summary: 'Configured servers of tools. Connects to none.',
  },
  'mcp.inspect': {
    scope: 'operator.admin',
    params: z.strictObject({ id: serverId }),
    result: inspectionSchema,
    summary: 'Connects to a server and compares what it lists with what was accepted.',
  },
  'mcp.accept': {
    scope: 'operator.admin',
    params: z.strictObject({ id: serverId, digest: idSchema.max(64) }),
    result: inspectionSchema,
    summary: 'Lets the agent be offered what a server lists, if it is still what was shown.',
  },
});
