/**
 * Nodes, their offers and their calls, as they are stored.
 *
 * @module
 */
import { type Table, defineTable } from '@portcullis/core';

import type { NodeIntroduction, NodeOffer } from '../services.ts';

/** A node that has connected at least once. */
export interface NodeRow extends NodeIntroduction {
  readonly nodeId: string;
  /** The pairing of its device that all this belongs to. */
  readonly pairedAtMs: number;
  /** Given by an operator; it wins over `displayName`. */
  readonly label?: string;
  /** Exactly what an operator approved. */
  readonly approved?: NodeOffer & { readonly at: number; readonly by: string };
  readonly createdAt: number;
  readonly lastSeenAt: number;
}

/** An offer that waits for an operator. Another offer gets another id. */
export interface NodeRequestRow extends NodeOffer {
  readonly requestId: string;
  readonly nodeId: string;
  /** When the node last made it. */
  readonly at: number;
}

/** How a call ended, or that nobody knows. */
export type CallState = 'sent' | 'done' | 'failed' | 'unknown';

/** One call, kept so that its key never runs anything twice. */
export interface NodeCallRow {
  readonly at: number;
  readonly nodeId: string;
  readonly command: string;
  /** SHA-256, hex, of who asked, command and parameters. */
  readonly digest: string;
  readonly state: CallState;
  /** The answer, where it is short enough to be kept. */
  readonly payloadJSON?: string | null;
  /** What the node said went wrong. */
  readonly complaint?: { readonly code: string; readonly message: string };
}

/** Nodes by id. */
export const nodesTable: Table<NodeRow> = defineTable<NodeRow>('nodes');

/** Offers by request id. */
export const nodeRequestsTable: Table<NodeRequestRow> = defineTable<NodeRequestRow>(
  'node_requests',
  { byNode: ['nodeId'] },
);

/** Calls by the hash of node and idempotency key. */
export const nodeCallsTable: Table<NodeCallRow> = defineTable<NodeCallRow>('node_calls', {
  byTime: ['at'],
});
