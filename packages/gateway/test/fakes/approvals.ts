/**
 * Questions to approvers, and the host's document, kept in memory.
 */
import { createHash } from 'node:crypto';

import { PortcullisError } from '@portcullis/core';

import type {
  ApprovalItem,
  Caller,
  ClientAsk,
  ClientDecision,
  GatewayNotice,
  GrantItem,
  HostDocumentView,
  Services,
} from '../../src/services.ts';

/** A question a client asked. */
export interface AskedByClient {
  readonly caller: Caller;
  readonly ask: ClientAsk;
  /** Set when whoever waited for it went away, and nobody else would. */
  isGone: boolean;
}

export function approvalService(
  items: ApprovalItem[],
  grants: GrantItem[],
  notify: (notice: GatewayNotice) => void,
): Services['approvals'] {
  const over = () => items.filter(({ state }) => state !== 'pending').toReversed();
  return {
    pending: async () => items.filter(({ state }) => state === 'pending'),
    get: async (wanted) => items.find(({ id }) => id === wanted),
    history: async ({ limit, cursor = '0' }) => {
      const next = Number(cursor) + limit;
      const more = next < over().length && { nextCursor: String(next) };
      return { items: over().slice(Number(cursor), next), ...more };
    },
    resolve: async (caller, wanted, answer, { shown } = {}) => {
      const index = items.findIndex(({ id }) => id === wanted);
      const old = items[index];
      if (old === undefined) throw new PortcullisError('exec.approval.not_found', 'No.');
      if (old.state === 'expired') throw new PortcullisError('exec.approval.expired', 'No.');
      if (old.state !== 'pending') {
        throw new PortcullisError('exec.approval.already_resolved', 'It was answered already.');
      }
      if (shown !== undefined && shown !== old.digest) {
        throw new PortcullisError('exec.approval.mismatch', 'No.');
      }
      if (!old.offered.includes(answer)) {
        throw new PortcullisError('exec.approval.decision_not_offered', 'No.');
      }
      const state = answer === 'deny' ? 'denied' : 'allowed';
      const item: ApprovalItem = { ...old, state, answer, resolvedAt: 2000, resolvedBy: caller.id };
      items[index] = item;
      notify({ type: 'approval', phase: 'resolved', approval: item });
      return item;
    },
    grants: async (limit) => grants.slice(0, limit),
    revoke: async (_caller, wanted) => {
      const index = grants.findIndex(({ id }) => id === wanted);
      if (index >= 0) grants.splice(index, 1);
      return index >= 0;
    },
  };
}

/** Questions of clients as they were asked; all of them end as `end` says, or when their client goes. */
export function clientQuestionService(
  asked: AskedByClient[],
  end: () => Promise<ClientDecision>,
): Services['clientQuestions'] {
  return {
    ask: async (caller, ask) => {
      const item = { caller, ask, isGone: false };
      asked.push(item);
      const route = ask.hasClients ? 'approval-client' : 'none';
      return { id: ask.id ?? 'q1', route, createdAt: 1000, expiresAt: 9000 };
    },
    decision: async (_caller, id, { signal, isOnly = false }) => {
      if (id === 'no-such-id') throw new PortcullisError('exec.approval.not_found', 'No.');
      signal?.addEventListener('abort', () => {
        for (const item of asked) if (isOnly) item.isGone = true;
      });
      return { ...(await end()), id };
    },
  };
}

/** A document that is whatever was written last. */
export function hostDocumentService(): Services['hostDocument'] {
  let view: HostDocumentView = {
    path: '/state/exec-approvals.json',
    exists: false,
    hash: 'none',
    file: { version: 1 },
    valid: true,
  };
  return {
    get: async () => view,
    inForce: async () => ({ security: 'deny', ask: 'always', askFallback: 'deny' }),
    set: async (_caller, file, baseHash) => {
      if (view.exists && baseHash !== view.hash) {
        throw new PortcullisError('approvals.file_changed', 'It changed.');
      }
      const document = file as HostDocumentView['file'];
      if (typeof document['defaults'] === 'string') {
        throw new PortcullisError('approvals.file_invalid', 'It does not fit.');
      }
      const hash = createHash('sha256').update(JSON.stringify(document)).digest('hex');
      view = { ...view, exists: true, hash, file: document };
      return view;
    },
  };
}
