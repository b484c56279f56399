/**
 * What approvers allowed for good: exact commands of one agent, and single ways out of one session
 * of one requester. A grant answers one question that would have been asked, and nothing else; it
 * lifts no refusal, and none is used where the setting says to ask always.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';

import { type Json, type Table, type Tx, canonicalJson, defineTable } from '@portcullis/core';
import type { DurableTrust } from '@portcullis/policy/exec';

import { type Kernel, commit } from '../kernel.ts';
import type { ApprovalRow } from './row.ts';

/** One thing allowed for good. */
export interface GrantRow {
  readonly id: string;
  readonly kind: 'exec' | 'flow';
  readonly agentId: string;
  /** The question whose answer left it, and what it was about. */
  readonly approval: string;
  readonly effect: string;
  readonly subject: string;
  /** For commands: what is trusted. */
  readonly entries: readonly DurableTrust[];
  /** One hash: of a command, the whole line and its directory; of a way out, session, requester and target. */
  readonly digest: string;
  readonly sessionKey: string;
  readonly createdAt: number;
  readonly createdBy: string;
  readonly expiresAt?: number;
  readonly lastUsedAt?: number;
  readonly uses: number;
}

/** All grants by id. */
export const grantsTable: Table<GrantRow> = defineTable<GrantRow>('approval_grants', {
  byDigest: ['digest', 'createdAt'],
  bySession: ['sessionKey', 'createdAt'],
});

/** Most grants that are listed, or looked at together. */
const MOST = 1000;

/** The grants of one gateway. */
export class Grants {
  readonly #kernel: Kernel;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /** Writes what an answer leaves, in the unit of work of the answer. */
  leave(tx: Tx, row: ApprovalRow, actor: string, expiresAt?: number): void {
    const { standing, agentId, sessionKey, id: approval, kind, action, subject } = row;
    if (standing === undefined) return;
    const id = randomBytes(16).toString('hex');
    const now = this.#kernel.now();
    tx.put(grantsTable, id, {
      id,
      kind: standing.kind,
      agentId,
      approval,
      effect: `${kind} ${action}`,
      subject: canonicalJson(subject),
      entries: standing.kind === 'exec' ? standing.entries : [],
      digest: standing.digest,
      sessionKey,
      createdAt: now,
      createdBy: actor,
      ...(expiresAt === undefined ? {} : { expiresAt }),
      uses: 0,
    });
    this.#note(tx, 'approval.granted', actor, { grant: id, approval, digest: row.digest });
  }

  /** What is allowed for good now, newest first. */
  async list(limit: number = MOST): Promise<readonly GrantRow[]> {
    const rows = await this.#kernel.store.transact((tx) =>
      tx.find(grantsTable, { reverse: true, limit: MOST }),
    );
    return rows
      .map(({ value }) => value)
      .filter((row) => this.#isGood(row))
      .slice(0, limit);
  }

  /** Takes one back. False when there is no such grant. */
  async revoke(actor: string, id: string): Promise<boolean> {
    return await commit(this.#kernel, async (tx) => {
      const row = await tx.get(grantsTable, id);
      if (row === undefined) return false;
      tx.delete(grantsTable, id);
      this.#note(tx, 'approval.revoked', actor, { grant: id, approval: row.approval });
      return true;
    });
  }

  /** The grants of one command line of an agent. */
  async commandLine(agentId: string, digest: string): Promise<readonly GrantRow[]> {
    return await this.#find(digest, (row) => row.kind === 'exec' && row.agentId === agentId);
  }

  /** The grant of one way out, if there is one. */
  async wayOut(digest: string): Promise<GrantRow | undefined> {
    const [grant] = await this.#find(digest, ({ kind }) => kind === 'flow');
    return grant;
  }

  /** Counts a use, in the unit of work that begins the effect. False for one that is gone. */
  async use(tx: Tx, id: string): Promise<boolean> {
    const row = await tx.get(grantsTable, id);
    if (row === undefined || !this.#isGood(row)) return false;
    tx.put(grantsTable, id, { ...row, uses: row.uses + 1, lastUsedAt: this.#kernel.now() });
    return true;
  }

  /** Forgets the ways out of a session whose life has ended; nobody could use them any more. */
  async endSession(sessionKey: string): Promise<void> {
    await commit(this.#kernel, async (tx) => {
      const query = { index: 'bySession', equals: [sessionKey], limit: MOST } as const;
      for (const { key, value } of await tx.find(grantsTable, query)) {
        if (value.kind === 'flow') tx.delete(grantsTable, key);
      }
    });
  }

  /** Forgets grants whose time is over. Resolves with how many. */
  async sweep(tx: Tx, now: number): Promise<number> {
    const rows = await tx.find(grantsTable, { limit: MOST });
    const over = rows.filter(
      ({ value: { expiresAt } }) => expiresAt !== undefined && now > expiresAt,
    );
    for (const { key } of over) tx.delete(grantsTable, key);
    return over.length;
  }

  async #find(digest: string, wanted: (row: GrantRow) => boolean): Promise<readonly GrantRow[]> {
    const rows = await this.#kernel.store.transact((tx) =>
      tx.find(grantsTable, { index: 'byDigest', equals: [digest], reverse: true, limit: MOST }),
    );
    return rows.map((row) => row.value).filter((row) => wanted(row) && this.#isGood(row));
  }

  #isGood({ expiresAt }: GrantRow): boolean {
    return expiresAt === undefined || this.#kernel.now() <= expiresAt;
  }

  #note(tx: Tx, code: string, principal: string, facts: Readonly<Record<string, Json>>): void {
    this.#kernel.journal.record(tx, {
      kind: 'approval',
      at: this.#kernel.now(),
      principal,
      code,
      ...facts,
    });
  }
}
