/**
 * Questions to people, as the control plane sees and answers them.
 *
 * @module
 */
import type { Caller } from './caller.ts';

/** A question as operators see it. */
export interface QuestionItem {
  readonly id: string;
  readonly state: 'pending' | 'answered' | 'declined' | 'expired' | 'cancelled';
  readonly text: string;
  readonly options: readonly string[];
  readonly agentId: string;
  readonly sessionKey: string;
  readonly runId: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly answer?: string;
  readonly resolvedBy?: string;
  /** Least an operator has to hold to be the one who is asked; `person`: no operator is. */
  readonly asks: 'operator.questions' | 'operator.admin' | 'person';
}

/** Questions that wait for a person. Each caller sees those that he is asked himself. */
export interface QuestionService {
  pending(caller: Caller): Promise<readonly QuestionItem[]>;
  get(caller: Caller, id: string): Promise<QuestionItem | undefined>;
  /** Throws `question.not_found`, `question.expired`, `question.already_resolved`. */
  answer(caller: Caller, id: string, text: string): Promise<QuestionItem>;
  /** Ends it without an answer. Throws as `answer`. */
  decline(caller: Caller, id: string): Promise<QuestionItem>;
}
