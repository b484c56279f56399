/**
 * Methods on questions to people.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';

import type { Handlers } from '../../plane.ts';
import { ANSWER, toAnswers, toQuestion } from '../../question-views.ts';
import { invalidRequest } from '../../refusal.ts';

function unknownId(): PortcullisError {
  return invalidRequest('unknown or expired question id', {
    reason: 'QUESTION_NOT_FOUND',
    hint: 'question.list shows those that wait for you.',
  });
}

function alreadyResolved(): PortcullisError {
  return invalidRequest('question already resolved', {
    reason: 'QUESTION_ALREADY_RESOLVED',
    hint: 'The first answer counts.',
  });
}

/** The service's refusals in the words clients branch on. */
function inWords(error: unknown): unknown {
  const code = PortcullisError.is(error) ? error.code : '';
  if (code === 'question.already_resolved') return alreadyResolved();
  if (code === 'question.not_found' || code === 'question.expired') return unknownId();
  return error;
}

/** Methods on questions to people. */
export const questionHandlers: Handlers<'question.list' | 'question.get' | 'question.resolve'> = {
  'question.list': async (_params, { services, caller }) => ({
    questions: (await services.questions.pending(caller)).map(toQuestion),
  }),
  'question.get': async ({ id }, { services, caller }) => {
    const item = await services.questions.get(caller, id);
    if (item === undefined) throw unknownId();
    return { question: toQuestion(item) };
  },
  'question.resolve': async ({ id, answers, cancel }, { services, caller }) => {
    if ((answers === undefined) === (cancel === undefined)) {
      throw invalidRequest('answers or cancel required');
    }
    const text = answers?.answers[ANSWER]?.join('\n').trim() ?? '';
    if (cancel === undefined && text === '') throw invalidRequest('answer required');
    try {
      if (cancel === true) {
        await services.questions.decline(caller, id);
        return { status: 'cancelled' };
      }
      const { answer } = await services.questions.answer(caller, id, text);
      return { status: 'answered', answers: toAnswers(answer ?? text) };
    } catch (error) {
      const told = inWords(error);
      throw told;
    }
  },
};
