/**
 * What the agent asks whoever uses this page.
 *
 * @module
 */
import type { Question } from '@portcullis/protocol';

import type { Connection } from '../wire/connection.ts';
import { type Cell, createCell } from './cell.ts';

/** The questions that wait for an answer. */
export interface Questions {
  /** Oldest first. Undefined while this browser may not see them. */
  readonly waiting: Cell<readonly Question[] | undefined>;
  /** Reads them anew, where the rights allow it. */
  refresh(scopes: readonly string[]): Promise<void>;
  /** Answers one. Resolves with what went wrong, if anything did. */
  answer(question: Question, text: string): Promise<string | undefined>;
  /** Ends one without an answer. Resolves with what went wrong, if anything did. */
  decline(question: Question): Promise<string | undefined>;
}

/** Makes the questions of a page. */
export function createQuestions(connection: Pick<Connection, 'request'>): Questions {
  const waiting = createCell<readonly Question[] | undefined>(undefined);
  const resolve = async (
    { id, questions }: Question,
    text?: string,
  ): Promise<string | undefined> => {
    const [asked] = questions;
    const answer = await connection.request('question.resolve', {
      id,
      ...(text === undefined || asked === undefined
        ? { cancel: true }
        : { answers: { answers: { [asked.questionId]: [text] } } }),
    });
    if (!answer.ok) return answer.error.message;
    waiting.update((value) => value?.filter((each) => each.id !== id));
    return undefined;
  };
  return {
    waiting,
    async refresh(scopes) {
      if (!scopes.includes('operator.questions') && !scopes.includes('operator.admin')) {
        waiting.set(undefined);
        return;
      }
      const answer = await connection.request('question.list', {});
      if (answer.ok) waiting.set(answer.payload.questions);
    },
    answer: (question, text) => resolve(question, text),
    decline: (question) => resolve(question),
  };
}
