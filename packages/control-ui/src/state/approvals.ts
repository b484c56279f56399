/**
 * What the agent may only do once somebody allows it, and the answer to each question.
 *
 * @module
 */
import type { ApprovalRequest } from '@portcullis/protocol';

import type { Connection } from '../wire/connection.ts';
import { type Cell, createCell } from './cell.ts';

/** The questions that wait for an answer. */
export interface Approvals {
  /** Oldest first. Undefined while this browser may not see them. */
  readonly waiting: Cell<readonly ApprovalRequest[] | undefined>;
  /** Reads them anew, where the rights allow it. */
  refresh(scopes: readonly string[]): Promise<void>;
  /** Answers one. Resolves with what went wrong, if anything did. */
  answer(
    question: ApprovalRequest,
    decision: 'allow-once' | 'allow-always' | 'deny',
  ): Promise<string | undefined>;
}

/** Makes the questions of a page. */
export function createApprovals(connection: Pick<Connection, 'request'>): Approvals {
  const waiting = createCell<readonly ApprovalRequest[] | undefined>(undefined);
  return {
    waiting,
    async refresh(scopes) {
      if (!scopes.includes('operator.approvals') && !scopes.includes('operator.admin')) {
        waiting.set(undefined);
        return;
      }
      const answer = await connection.request('exec.approval.list', {});
      if (answer.ok) waiting.set(answer.payload);
    },
    async answer({ id, request: { digest } }, decision) {
      const answer = await connection.request('exec.approval.resolve', { id, decision, digest });
      if (!answer.ok) return answer.error.message;
      waiting.update((value) => value?.filter((each) => each.id !== id));
      return undefined;
    },
  };
}
