/**
 * Looking at questions: those that wait, one of them, and those that are over.
 *
 * @module
 */
import type { Kernel } from '../kernel.ts';
import { APPROVAL_STATES, type ApprovalRow, LIFETIME_MS, approvalsTable } from './row.ts';

/** A place in the history of questions. */
export type HistoryPosition = Pick<ApprovalRow, 'createdAt' | 'id'>;

/** More questions than one moment can bring. */
const SAME_MOMENT = 100;

/** The questions of one gateway, to be read. */
export class ApprovalHistory {
  readonly #kernel: Kernel;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /** Questions that wait for an answer, oldest first. */
  async pending(): Promise<readonly ApprovalRow[]> {
    const now = this.#kernel.now();
    const rows = await this.#kernel.store.transact((tx) =>
      tx.find(approvalsTable, {
        index: 'byState',
        equals: ['pending'],
        above: now - LIFETIME_MS - 1,
      }),
    );
    return rows.map(({ value }) => value).filter(({ expiresAt }) => now <= expiresAt);
  }

  /** A question as it stands now. */
  async get(id: string): Promise<ApprovalRow | undefined> {
    const row = await this.#kernel.store.transact((tx) => tx.get(approvalsTable, id));
    return row === undefined ? undefined : this.#asOfNow(row);
  }

  /** Questions that are over, newest first, older than the one named by `before`. */
  async over(limit: number, before?: HistoryPosition): Promise<readonly ApprovalRow[]> {
    const rows = await this.#kernel.store.transact(async (tx) => {
      const found: ApprovalRow[] = [];
      for (const state of APPROVAL_STATES) {
        const entries = await tx.find(approvalsTable, {
          index: 'byState',
          equals: [state],
          reverse: true,
          // Questions of one moment are told apart below.
          limit: limit + SAME_MOMENT,
          ...(before === undefined ? {} : { upTo: before.createdAt }),
        });
        found.push(...entries.map(({ value }) => this.#asOfNow(value)));
      }
      return found;
    });
    return rows
      .filter((row) => row.state !== 'pending' && (before === undefined || isOlder(row, before)))
      .toSorted((a, b) => (isOlder(a, b) ? 1 : -1))
      .slice(0, limit);
  }

  /** A question nobody waits for any more keeps its stored state; it is over all the same. */
  #asOfNow(row: ApprovalRow): ApprovalRow {
    const late = row.state === 'pending' && this.#kernel.now() > row.expiresAt;
    return late ? { ...row, state: 'expired' } : row;
  }
}

function isOlder(a: HistoryPosition, b: HistoryPosition): boolean {
  return a.createdAt === b.createdAt ? a.id < b.id : a.createdAt < b.createdAt;
}
