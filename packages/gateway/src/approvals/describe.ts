/**
 * Questions as operators see and answer them.
 *
 * @module
 */
import { type Json, PortcullisError, canonicalJson } from '@portcullis/core';

import type { ApprovalItem, ApprovalService, Caller, GrantItem } from '../services.ts';
import type { Approvals } from './approvals.ts';
import type { GrantRow } from './grants.ts';
import type { ApprovalHistory, HistoryPosition } from './history.ts';
import { refusal } from './refusal.ts';
import type { ApprovalRow } from './row.ts';

const ACTS: Readonly<Record<string, string>> = {
  'send message': 'send a message to somebody else',
  'send reply': 'answer in this conversation',
  'proc run': 'run a command',
  'proc run outside': 'run a command outside of this gateway',
  'proc write': 'write to a running command',
  'proc kill': 'end a running command',
  'files read': 'read a file',
  'files list': 'list a folder',
  'files stat': 'look at a file',
  'files write': 'change a file',
  'files remove': 'delete a file',
  'files change': 'change several files together',
  'net fetch': 'fetch from the network',
  'net connect': 'open a connection',
  'server call': 'use a tool of another program or server',
  'browser look': 'look at a page in the browser',
  'browser act': 'act in a page of the browser',
  'schedule add': 'do something later by itself',
  'schedule update': 'change what it does later by itself',
  'schedule remove': 'remove a scheduled job',
  'schedule start': 'run a scheduled job now',
  'browser visit': 'load a page in the browser',
  'net tunnel': 'let a command in the sandbox reach a server',
};

/** What would happen, in plain words where there are some. */
export function describeAct({ kind, action }: Pick<ApprovalRow, 'kind' | 'action'>): string {
  const act = `${kind} ${action}`;
  return (Object.hasOwn(ACTS, act) ? ACTS[act] : undefined) ?? act;
}

/** A stored question as operators see it. */
export function describeApproval(row: ApprovalRow): ApprovalItem {
  const { id, state, digest, tool, kind, action, subject, reason, codes, story, offered } = row;
  const { agentId, sessionKey, requester, createdAt, expiresAt } = row;
  const { resolvedAt, resolvedBy, answer } = row;
  const [host, cwd, nodeId] = placeOf(row);
  return {
    id,
    state,
    digest,
    offered,
    tool,
    act: describeAct(row),
    effect: `${kind} ${action}`,
    subject: canonicalJson(subject),
    reason,
    code: codes.join(' '),
    agentId,
    sessionKey,
    requester,
    createdAt,
    expiresAt,
    ...(resolvedAt === undefined ? {} : { resolvedAt }),
    ...(resolvedBy === undefined ? {} : { resolvedBy }),
    ...(answer === undefined ? {} : { answer }),
    ...(story === undefined ? {} : { story }),
    ...(host === undefined ? {} : { host }),
    ...(cwd === undefined ? {} : { cwd }),
    ...(nodeId === undefined ? {} : { nodeId }),
    ...(row.unheard === undefined ? {} : { unheard: row.unheard }),
  };
}

/** Where a command would run: host, directory and node. */
function placeOf({ kind, subject }: ApprovalRow): readonly (string | undefined)[] {
  if (kind !== 'proc') return [];
  const host = fieldOf(subject, 'host');
  const cwd = fieldOf(fieldOf(subject, 'cwd'), 'path');
  const nodeId = fieldOf(subject, 'nodeId');
  return [host, cwd, nodeId].map((each) => (typeof each === 'string' ? each : undefined));
}

function fieldOf(value: Json | undefined, key: string): Json | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, Json | undefined>>)[key]
    : undefined;
}

/** A grant as operators see it. */
export function describeGrant(row: GrantRow): GrantItem {
  const { id, kind, agentId, sessionKey, approval, effect, subject, uses } = row;
  const { createdAt, createdBy, expiresAt, lastUsedAt } = row;
  return {
    id,
    kind,
    agentId,
    sessionKey,
    approval,
    effect,
    subject,
    createdAt,
    createdBy,
    uses,
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(lastUsedAt === undefined ? {} : { lastUsedAt }),
  };
}

/** Approvals for operators: only those who hold `operator.approvals` answer. */
export function approvalService(approvals: Approvals, history: ApprovalHistory): ApprovalService {
  return {
    pending: async () => (await history.pending()).map(describeApproval),
    get: async (id) => {
      const row = await history.get(id);
      return row === undefined ? undefined : describeApproval(row);
    },
    history: async ({ limit, cursor }) => {
      const before = cursor === undefined ? undefined : readCursor(cursor);
      const rows = await history.over(limit + 1, before);
      const items = rows.slice(0, limit);
      const last = rows.length > limit ? items.at(-1) : undefined;
      return {
        items: items.map(describeApproval),
        ...(last === undefined ? {} : { nextCursor: `${String(last.createdAt)}.${last.id}` }),
      };
    },
    resolve: async (caller, id, answer, options) => {
      assertApprover(caller);
      return describeApproval(await approvals.resolve(caller.id, id, answer, options));
    },
    grants: async (limit) => (await approvals.grants.list(limit)).map(describeGrant),
    revoke: async (caller, id) => {
      assertApprover(caller);
      return await approvals.grants.revoke(caller.id, id);
    },
  };
}

function assertApprover({ scopes }: Caller): void {
  if (scopes.includes('operator.approvals') || scopes.includes('operator.admin')) return;
  throw refusal('not_authorized');
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
