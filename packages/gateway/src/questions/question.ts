/**
 * A question to the person who caused a turn, as it is stored.
 *
 * @module
 */
import { type Conversation, type Table, type TrustClass, defineTable } from '@portcullis/core';

/** One question and what became of it. */
export interface QuestionRow {
  readonly id: string;
  readonly state: 'pending' | 'answered' | 'declined' | 'expired' | 'cancelled';
  readonly text: string;
  /** Answers to choose from. Another one may be written all the same. */
  readonly options: readonly string[];
  readonly runId: string;
  readonly callId: string;
  readonly sessionKey: string;
  readonly agentId: string;
  /** Who is asked. */
  readonly principal: string;
  /** His trust when he was asked: nobody of less trust answers in his place. */
  readonly trust: TrustClass;
  /** Where he is asked. `operator`: whoever operates the session over the gateway protocol. */
  readonly door: 'channel' | 'operator';
  readonly conversation: Conversation;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly resolvedAt?: number;
  readonly resolvedBy?: string;
  readonly answer?: string;
  /** Trust of whoever answered. */
  readonly answerTrust?: TrustClass;
  /** Outbound messages whose buttons answer this question. */
  readonly prompts?: readonly string[];
}

/** All questions by id. */
export const questionsTable: Table<QuestionRow> = defineTable<QuestionRow>('questions', {
  bySession: ['state', 'sessionKey'],
  byState: ['state', 'createdAt'],
  byCall: ['runId', 'callId'],
});
