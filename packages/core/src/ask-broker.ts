/**
 * Asking the person who caused a turn, where he wrote.
 *
 * @module
 */

/** A question to the requester. */
export interface Question {
  /** At most 2,000 characters. Shown as plain text. */
  readonly text: string;
  /** Up to four answers to choose from; another one may be written all the same. */
  readonly options?: readonly string[];
  /** How long an answer may take. Default 1,800,000, at most 86,400,000. */
  readonly timeoutMs?: number;
}

/** What became of a question. */
export type QuestionOutcome =
  | {
      readonly status: 'answered';
      /** What the person chose or wrote. His words, and no permission for anything. */
      readonly text: string;
    }
  | { readonly status: 'declined' | 'expired' };

/** Questions to the one who caused the turn. */
export interface AskBroker {
  /**
   * Asks, and waits until the same person answers in the same conversation. The question survives a
   * restart. Throws `question.nobody` where nobody can be asked (a sub-agent, a job, a webhook).
   */
  ask(question: Question): Promise<QuestionOutcome>;
}
