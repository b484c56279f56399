/**
 * Questions to people as clients of the protocol see them.
 *
 * @module
 */
import type { EventPayload, Question } from '@portcullis/protocol';

import type { QuestionItem } from '../services.ts';

/** Id of the one question in a record. */
export const ANSWER = 'answer';

const STATUS = {
  pending: 'pending',
  answered: 'answered',
  declined: 'cancelled',
  cancelled: 'cancelled',
  expired: 'expired',
} as const;

/** A question, waiting or over. */
export function toQuestion(item: QuestionItem): Question {
  const { id, text, options, agentId, sessionKey, runId, state, answer, resolvedBy } = item;
  return {
    id,
    questions: [
      {
        questionId: ANSWER,
        header: 'Question',
        question: text,
        options: options.map((label) => ({ label })),
        isOther: true,
      },
    ],
    agentId,
    sessionKey,
    runId,
    createdAtMs: item.createdAt,
    expiresAtMs: item.expiresAt,
    status: STATUS[state],
    ...(answer === undefined ? {} : { answers: toAnswers(answer) }),
    ...(resolvedBy === undefined ? {} : { resolvedBy }),
  };
}

/** The end of a question as `question.resolved` tells of it. */
export function toQuestionEnd({
  id,
  state,
  answer,
}: QuestionItem): EventPayload<'question.resolved'> {
  const status = STATUS[state];
  if (status === 'answered') return { id, status, answers: toAnswers(answer ?? '') };
  return { id, status: status === 'pending' ? 'cancelled' : status };
}

/** An answer as clients know one. */
export function toAnswers(text: string): { answers: { [ANSWER]: string[] } } {
  return { answers: { [ANSWER]: [text] } };
}
