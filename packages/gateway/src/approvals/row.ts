/**
 * A question to an approver as it is stored, and the words that others use to speak of it.
 *
 * @module
 */
import {
  type Conversation,
  type Decision,
  type EffectKind,
  type Json,
  type Table,
  defineTable,
} from '@portcullis/core';
import type { DurableTrust } from '@portcullis/policy/exec';
import type { FlowLabel } from '@portcullis/policy/flow';

import type { InboxRun } from '../intake/inbox.ts';

/** What an approver may answer. */
export type ApprovalAnswer = 'allow-once' | 'allow-always' | 'deny';

/**
 * Where a question stands. `voided`: what would have happened is no longer what was shown. `used`:
 * its effect has begun.
 */
export const APPROVAL_STATES = [
  'pending',
  'allowed',
  'denied',
  'expired',
  'cancelled',
  'voided',
  'used',
] as const;

/** Where a question stands. */
export type ApprovalState = (typeof APPROVAL_STATES)[number];

/**
 * What `allow-always` would leave: trust in one whole command line, or one way out of one session.
 * `digest` names what it is for.
 */
export type Standing =
  | { readonly kind: 'exec'; readonly digest: string; readonly entries: readonly DurableTrust[] }
  | { readonly kind: 'flow'; readonly digest: string };

/** What a question of the information flow is about. */
export interface FlowAsked {
  /** What the session had seen. */
  readonly label: FlowLabel;
  /** Kind of the way out. */
  readonly sink: string;
}

/** One question and what became of it. */
export interface ApprovalRow {
  readonly id: string;
  readonly state: ApprovalState;
  /** SHA-256, hex, over everything the answer is bound to. */
  readonly digest: string;
  readonly kind: EffectKind;
  readonly action: string;
  readonly tool: string;
  /** Exactly what would happen. */
  readonly subject: Json;
  /** Code, path and sentence of the decision that asks; of several, of the first. */
  readonly code: string;
  readonly path: string;
  readonly reason: string;
  /** Codes of every decision that asks. */
  readonly codes: readonly string[];
  /** What the session has read, from whom, and where it would go, where the flow asks. */
  readonly story?: string;
  readonly flow?: FlowAsked;
  readonly offered: readonly ApprovalAnswer[];
  /** What `allow-always` would leave, where it is offered. */
  readonly standing?: Standing;
  readonly runId: string;
  readonly callId: string;
  readonly sessionKey: string;
  readonly agentId: string;
  readonly requester: string;
  /** The conversation it was asked in; absent for the gateway's own doors. */
  readonly source?: Conversation;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly resolvedAt?: number;
  readonly resolvedBy?: string;
  readonly answer?: ApprovalAnswer;
  /** Outbound messages whose buttons answer this question. */
  readonly prompts?: readonly string[];
  /**
   * A client asks, about something it does itself: whoever asked cannot allow it, and the gateway
   * does nothing because of the answer but tell it, once.
   */
  readonly byClient?: true;
  /** There was nobody to ask: it was over as soon as it was asked. */
  readonly unheard?: true;
}

/** All questions by id. */
export const approvalsTable: Table<ApprovalRow> = defineTable<ApprovalRow>('approvals', {
  byState: ['state', 'createdAt'],
  byCall: ['runId', 'callId'],
  bySession: ['sessionKey', 'createdAt'],
  byRequester: ['requester', 'createdAt'],
});

/** A question. */
export interface ApprovalQuestion {
  readonly run: InboxRun;
  readonly source?: Conversation;
  readonly callId: string;
  readonly tool: string;
  readonly kind: EffectKind;
  readonly action: string;
  readonly subject: Json;
  /** The decisions that ask. */
  readonly asks: readonly [Decision, ...Decision[]];
  readonly flow?: FlowAsked;
  readonly story?: string;
  readonly standing?: Standing;
  /**
   * What is asked about is made anew after a restart, so that another subject is another question
   * and not a changed one.
   */
  readonly remade?: boolean;
  /** Set where a client asks. */
  readonly client?: ClientTerms;
}

/** On what terms a client asks. */
export interface ClientTerms {
  /** How long an answer may take. */
  readonly lifetimeMs: number;
  /** Whether approvers are asked in their conversations. */
  readonly inConversations: boolean;
  /** False where nobody hears of the question, wherever it is asked. */
  readonly isHeard: boolean;
}

/** How long an answer may take. */
export const LIFETIME_MS: number = 30 * 60_000;
/** How long after the answer the effect may begin. */
export const USE_WITHIN_MS: number = 5 * 60_000;
