/**
 * The record a question becomes, and the digest its answer is bound to.
 *
 * @module
 */
import { createHash } from 'node:crypto';

import { canonicalJson } from '@portcullis/core';

import { type ApprovalQuestion, type ApprovalRow, LIFETIME_MS } from './row.ts';

/** The record of a question that was not asked before. */
export function newRow(
  question: ApprovalQuestion,
  { id, digest, now }: { readonly id: string; readonly digest: string; readonly now: number },
): ApprovalRow {
  const { run, asks, callId, kind, action, tool, subject, standing, story, flow, source, client } =
    question;
  const [first] = asks;
  return {
    id,
    state: client?.isHeard === false ? 'expired' : 'pending',
    digest,
    kind,
    action,
    tool,
    subject,
    code: first.code,
    path: first.path,
    reason: asks.map(({ reason }) => reason).join(' '),
    codes: asks.map(({ code }) => code),
    offered:
      standing === undefined ? ['allow-once', 'deny'] : ['allow-once', 'allow-always', 'deny'],
    runId: run.runId,
    callId,
    sessionKey: run.sessionKey,
    agentId: run.agentId,
    requester: run.principal.id,
    createdAt: now,
    expiresAt: now + (client?.lifetimeMs ?? LIFETIME_MS),
    ...(client === undefined ? {} : { byClient: true as const }),
    ...(client?.isHeard === false ? { unheard: true as const } : {}),
    ...(standing === undefined ? {} : { standing }),
    ...(story === undefined ? {} : { story }),
    ...(flow === undefined ? {} : { flow }),
    ...(source === undefined ? {} : { source }),
  };
}

/** SHA-256, hex, over all that the answer of a question is bound to. */
export function digestOf(question: ApprovalQuestion): string {
  const { run, callId, kind, action, tool, subject, asks, flow } = question;
  const bound = {
    v: 2,
    kind,
    action,
    tool,
    subject,
    callId,
    runId: run.runId,
    agentId: run.agentId,
    sessionKey: run.sessionKey,
    requester: run.principal.id,
    codes: asks.map(({ code }) => code),
    label: flow === undefined ? null : { u: flow.label.u, P: [...flow.label.P] },
  };
  return createHash('sha256').update(canonicalJson(bound), 'utf8').digest('hex');
}
