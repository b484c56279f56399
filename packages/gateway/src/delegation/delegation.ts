/**
 * Work that one session gave to another, as it is stored: a task for a sub-agent, or a message to a
 * session that is there.
 *
 * @module
 */
import { type Event, type Json, type Table, type TrustClass, defineTable } from '@portcullis/core';

/** One piece of work and what became of it. */
export interface DelegationRow {
  readonly id: string;
  readonly kind: 'spawn' | 'send';
  readonly state: 'open' | 'over';
  /** Run that does the work. */
  readonly runId: string;
  readonly sessionKey: string;
  readonly agentId: string;
  /** Who gave it: the run, its call, its session and agent. */
  readonly parentRunId: string;
  readonly parentCallId: string;
  readonly parentKey: string;
  readonly parentAgentId: string;
  /** Sessions it is done for, the nearest first: what stops one of them stops it. */
  readonly lineage: readonly string[];
  /** How many sub-agents deep: 1 for the work of a person's own turn. */
  readonly depth: number;
  /** The best it may count for. */
  readonly trust: TrustClass;
  readonly capability: Json;
  /** Event of the person, job or hook it is done for in the end. Gone once the work is over. */
  readonly authority?: Event;
  readonly createdAt: number;
  /** When it is stopped. */
  readonly deadline: number;
  readonly stopped?: 'stop' | 'timeout';
  /** How it ended, as the inbox has it: `answered`, `error`, `aborted`, or why it was refused. */
  readonly outcome?: string;
}

/** All of it, by id. */
export const delegationsTable: Table<DelegationRow> = defineTable<DelegationRow>('delegations', {
  byState: ['state', 'createdAt'],
  byAgent: ['state', 'parentAgentId'],
  byCall: ['parentRunId', 'parentCallId'],
  byRun: ['runId'],
});
