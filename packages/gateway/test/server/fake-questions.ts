/** Questions in memory: everybody is asked. */
import { PortcullisError } from '@portcullis/core';

import type { GatewayNotice, QuestionItem, QuestionService } from '../../src/services.ts';

/** A service over `items`, which announces every end. */
export function fakeQuestions(
  items: QuestionItem[],
  notify: (notice: GatewayNotice) => void,
): QuestionService {
  const end = (id: string, change: Partial<QuestionItem>): QuestionItem => {
    const index = items.findIndex((item) => item.id === id);
    const old = items[index];
    if (old === undefined) throw new PortcullisError('question.not_found', 'None.', { hint: '-' });
    if (old.state !== 'pending') {
      throw new PortcullisError('question.already_resolved', 'Over.', { hint: '-' });
    }
    const question = { ...old, ...change };
    items[index] = question;
    notify({ type: 'question', phase: 'resolved', question });
    return question;
  };
  return {
    pending: async () => items.filter(({ state }) => state === 'pending'),
    get: async (_caller, id) => items.find((item) => item.id === id),
    answer: async (caller, id, answer) =>
      end(id, { state: 'answered', answer, resolvedBy: caller.id }),
    decline: async (caller, id) => end(id, { state: 'declined', resolvedBy: caller.id }),
  };
}
