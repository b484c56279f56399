/**
 * Questions as operators see and answer them.
 *
 * @module
 */
import { PortcullisError, canonicalJson } from '@portcullis/core';

import type { ApprovalItem, ApprovalService, Caller } from '../services.ts';
import type { ApprovalRow, Approvals, HistoryPosition } from './approvals.ts';

const ACTS: Readonly<Record<string, string>> = {
  'send message': 'send a message to somebody else',
  'send reply': 'answer in this conversation',
  'proc run': 'run a command',
  'proc write': 'write to a running command',
  'proc kill': 'end a running command',
  'files read': 'read a file',
  'files list': 'list a folder',
  'files stat': 'look at a file',
  'files write': 'change a file',
  'files remove': 'delete a file',
  'net fetch': 'fetch from the network',
  'net connect': 'open a connection',
  'server call': 'use a tool of another program or server',
  'net tunnel': 'let a command in the sandbox reach a server',
};

/** What would happen, in plain words where there are some. */
export function describeAct({ kind, action }: Pick<ApprovalRow, 'kind' | 'action'>): string {
  const act = `${kind} ${action}`;
  return (Object.hasOwn(ACTS, act) ? ACTS[act] : undefined) ?? act;
}

/** A stored question as operators see it. */
export function describeApproval(row: ApprovalRow): ApprovalItem {
  const { id, state, tool, kind, action, subject, reason, code } = row;
  const { agentId, sessionKey, requester, createdAt, expiresAt, resolvedAt, resolvedBy } = row;
  return {
    id,
    state,
    tool,
    act: describeAct(row),
    effect: `${kind} ${action}`,
    subject: canonicalJson(subject),
    reason,
    code,
    agentId,
    sessionKey,
    requester,
    createdAt,
    expiresAt,
    ...(resolvedAt === undefined ? {} : { resolvedAt }),
    ...(resolvedBy === undefined ? {} : { resolvedBy }),
  };
}

/** Approvals for operators: only those who hold `operator.approvals` answer. */
export function approvalService(approvals: Approvals): ApprovalService {
  return {
    pending: async () => (await approvals.pending()).map(describeApproval),
    get: async (id) => {
      const row = await approvals.get(id);
      return row === undefined ? undefined : describeApproval(row);
    },
    history: async ({ limit, cursor }) => {
      const before = cursor === undefined ? undefined : readCursor(cursor);
      const rows = await approvals.history(limit + 1, before);
      const items = rows.slice(0, limit);
      const last = rows.length > limit ? items.at(-1) : undefined;
      return {
        items: items.map(describeApproval),
        ...(last === undefined ? {} : { nextCursor: `${String(last.createdAt)}.${last.id}` }),
      };
    },
    resolve: async (caller, id, answer) => {
      if (!mayApprove(caller)) {
        throw new PortcullisError('approval.not_authorized', 'You may not answer approvals.', {
          hint: 'It needs the scope operator.approvals.',
        });
      }
      return describeApproval(await approvals.resolve(caller.id, id, answer));
    },
  };
}

function mayApprove({ scopes }: Caller): boolean {
  return scopes.includes('operator.approvals') || scopes.includes('operator.admin');
}

const CURSOR = /^(\d{1,15})\.([\w-]{1,64})$/u;

function readCursor(cursor: string): HistoryPosition {
  const [, createdAt, id] = CURSOR.exec(cursor) ?? [];
  if (createdAt === undefined || id === undefined) {
    throw new PortcullisError('approval.cursor_invalid', 'That is no place in the history.', {
      hint: 'Use the nextCursor of the page before.',
    });
  }
  return { createdAt: Number(createdAt), id };
}
