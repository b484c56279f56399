/**
 * Questions to people as operators see and answer them.
 *
 * @module
 */
import { PortcullisError, type TrustClass } from '@portcullis/core';

import type { Caller } from '../services/caller.ts';
import type { QuestionItem, QuestionService } from '../services/questions.ts';
import type { QuestionRow } from './question.ts';
import type { Questions } from './questions.ts';

/** A stored question as operators see it. */
export function describeQuestion(row: QuestionRow): QuestionItem {
  const { id, state, text, options, agentId, sessionKey, runId } = row;
  const { createdAt, expiresAt, answer, resolvedBy } = row;
  return {
    id,
    state,
    text,
    options,
    agentId,
    sessionKey,
    runId,
    createdAt,
    expiresAt,
    ...(answer === undefined ? {} : { answer }),
    ...(resolvedBy === undefined ? {} : { resolvedBy }),
    asks: whoIsAsked(row),
  };
}

/** Questions for operators. */
export function questionService(questions: Questions): QuestionService {
  const visible = async (caller: Caller, id: string): Promise<QuestionRow | undefined> => {
    const row = await questions.get(id);
    return row !== undefined && isAsked(row, caller) ? row : undefined;
  };
  const meant = async (caller: Caller, id: string): Promise<void> => {
    if ((await visible(caller, id)) === undefined) {
      throw new PortcullisError('question.not_found', 'There is no such question.', {
        hint: 'It may be over already, or be meant for somebody else.',
      });
    }
  };
  return {
    pending: async (caller) =>
      (await questions.pending()).filter((row) => isAsked(row, caller)).map(describeQuestion),
    get: async (caller, id) => {
      const row = await visible(caller, id);
      return row === undefined ? undefined : describeQuestion(row);
    },
    answer: async (caller, id, text) => {
      await meant(caller, id);
      return describeQuestion(await questions.answer(answererOf(caller), id, text));
    },
    decline: async (caller, id) => {
      await meant(caller, id);
      return describeQuestion(await questions.decline(answererOf(caller), id));
    },
  };
}

/**
 * An operator with every scope is the owner by another door, so that he also answers what the owner
 * is asked elsewhere. Nobody answers for another person.
 */
function whoIsAsked({ door, trust }: QuestionRow): QuestionItem['asks'] {
  if (trust === 'owner') return 'operator.admin';
  return door === 'operator' ? 'operator.questions' : 'person';
}

function isAsked(row: QuestionRow, caller: Caller): boolean {
  const asked = whoIsAsked(row);
  if (asked === 'person') return false;
  return isAdmin(caller) || (asked === 'operator.questions' && caller.scopes.includes(asked));
}

function answererOf(caller: Caller): { readonly id: string; readonly trust: TrustClass } {
  return { id: caller.id, trust: isAdmin(caller) ? 'owner' : 'trusted' };
}

function isAdmin({ scopes }: Caller): boolean {
  return scopes.includes('operator.admin');
}
