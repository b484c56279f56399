/**
 * What the agent may only do once somebody allows it, and the answer to each question.
 *
 * @module
 */
import type { ApprovalRequest, MethodResult } from '@portcullis/protocol';

import type { Connection } from '../wire/connection.ts';
import { type Cell, createCell } from './cell.ts';

/** Something that is allowed for good. */
export type Grant = MethodResult<'exec.approval.grants.list'>['grants'][number];

/** The questions that wait for an answer, and what is allowed for good. */
export interface Approvals {
  /** Oldest first. Undefined while this browser may not see them. */
  readonly waiting: Cell<readonly ApprovalRequest[] | undefined>;
  /** Newest first. Empty while this browser may not see them. */
  readonly granted: Cell<readonly Grant[]>;
  /** Reads both anew, where the rights allow it. */
  refresh(scopes: readonly string[]): Promise<void>;
  /** Answers one. Resolves with what went wrong, if anything did. */
  answer(
    question: ApprovalRequest,
    decision: 'allow-once' | 'allow-always' | 'deny',
  ): Promise<string | undefined>;
  /** Takes back what is allowed for good. Resolves with what went wrong, if anything did. */
  revoke(grant: Grant): Promise<string | undefined>;
}

/** Makes the questions of a page. */
export function createApprovals(connection: Pick<Connection, 'request'>): Approvals {
  const waiting = createCell<readonly ApprovalRequest[] | undefined>(undefined);
  const granted = createCell<readonly Grant[]>([]);
  return {
    waiting,
    granted,
    async refresh(scopes) {
      if (!scopes.includes('operator.approvals') && !scopes.includes('operator.admin')) {
        waiting.set(undefined);
        granted.set([]);
        return;
      }
      const answer = await connection.request('exec.approval.list', {});
      if (answer.ok) waiting.set(answer.payload);
      const known = await connection.request('exec.approval.grants.list', {});
      if (known.ok) granted.set(known.payload.grants);
    },
    async revoke({ grantId }) {
      const answer = await connection.request('exec.approval.grants.revoke', { grantId });
      if (!answer.ok) return answer.error.message;
      granted.update((value) => value.filter((each) => each.grantId !== grantId));
      return undefined;
    },
    async answer({ id, request: { digest } }, decision) {
      const answer = await connection.request('exec.approval.resolve', { id, decision, digest });
      if (!answer.ok) return answer.error.message;
      waiting.update((value) => value?.filter((each) => each.id !== id));
      return undefined;
    },
  };
}
