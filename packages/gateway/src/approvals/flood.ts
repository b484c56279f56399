/**
 * How often may be asked: an approver who is asked again and again ends up saying yes to anything,
 * so whoever asks too often is stopped instead.
 *
 * Counted over what is stored, so that a restart forgets nothing: questions of a session, and of a
 * requester over all his sessions, that nobody allowed.
 *
 * @module
 */
import { type Table, type Tx, defineTable } from '@portcullis/core';

import { textHash } from '../audit/journal.ts';
import type { InboxRun } from '../intake/inbox.ts';
import { approvalsTable } from './row.ts';

/** Questions in {@link FLOOD_MS} that nobody allowed, after which no more are asked. */
export const FLOOD_ASKS: number = 10;
/** The stretch of time that is looked back over. */
export const FLOOD_MS: number = 10 * 60_000;
/** More questions than are asked before it is a flood, however many were allowed. */
const LOOKED_AT = 200;
const SWEEP = 500;

/** That approvers were told of one who asks too often, by session and requester. */
interface FloodRow {
  readonly at: number;
  /** One value for all, so that they can be found by time. */
  readonly state: 'told';
}

/** Who was stopped lately. */
export const floodsTable: Table<FloodRow> = defineTable<FloodRow>('approval_floods', {
  byTime: ['state', 'at'],
});

/** Whether a run has to stop asking. */
export async function isFlood(tx: Tx, run: InboxRun, now: number): Promise<boolean> {
  const recent = { above: now - FLOOD_MS, limit: LOOKED_AT } as const;
  const queries = [
    { ...recent, index: 'bySession', equals: [run.sessionKey] },
    { ...recent, index: 'byRequester', equals: [run.principal.id] },
  ];
  for (const query of queries) {
    const rows = await tx.find(approvalsTable, query);
    const vain = rows.filter(({ value }) => value.answer === undefined || value.answer === 'deny');
    if (vain.length >= FLOOD_ASKS || rows.length === LOOKED_AT) return true;
  }
  return false;
}

/** Of whom approvers were told. */
export const floods = {
  /** Marks a stop. True when approvers have not heard of it within {@link FLOOD_MS}. */
  async begin(tx: Tx, run: InboxRun, now: number): Promise<boolean> {
    const key = textHash(JSON.stringify([run.sessionKey, run.principal.id]));
    const old = await tx.get(floodsTable, key);
    if (old !== undefined && now - old.at < FLOOD_MS) return false;
    tx.put(floodsTable, key, { at: now, state: 'told' });
    return true;
  },

  /** Forgets marks from before `before`. Resolves with how many. */
  async sweep(tx: Tx, before: number): Promise<number> {
    const query = { index: 'byTime', equals: ['told'], upTo: before, limit: SWEEP } as const;
    const old = await tx.find(floodsTable, query);
    for (const { key } of old) tx.delete(floodsTable, key);
    return old.length;
  },
};
