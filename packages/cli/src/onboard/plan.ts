/**
 * From answers to a change of the config. Promises: pure; the same answers give the same change, in
 * whatever way they were given; what is as answered already is no change.
 *
 * @module
 */
import { isDeepStrictEqual } from 'node:util';

import { type ConfigEdit, getPath } from '@portcullis/gateway/config';

import type { Answers, PlannedSecret, Question, SecretAnswer, Situation } from './question.ts';

/** What to change. */
export interface Plan {
  readonly edits: readonly ConfigEdit[];
  readonly secrets: readonly PlannedSecret[];
}

/** Answers as they come in. */
export class GivenAnswers implements Answers {
  readonly #words = new Map<string, string>();
  readonly #secrets = new Map<string, SecretAnswer>();

  word(id: string): string | undefined {
    return this.#words.get(id);
  }

  secret(id: string): SecretAnswer | undefined {
    return this.#secrets.get(id);
  }

  /** Notes an answer. */
  set(id: string, answer: string | SecretAnswer, kind: 'word' | 'secret'): void {
    if (kind === 'secret') this.#secrets.set(id, answer as SecretAnswer);
    else this.#words.set(id, String(answer));
  }

  has(id: string): boolean {
    return this.#words.has(id) || this.#secrets.has(id);
  }
}

/** Works out what the answers to these questions change. Later questions win over earlier ones. */
export function planOf(
  questions: readonly Question[],
  situation: Situation,
  answers: Answers,
): Plan {
  const edits = new Map<string, ConfigEdit>();
  const secrets = new Map<string, PlannedSecret>();
  for (const question of questions) {
    if (question.applies?.(situation, answers) === false) continue;
    const patch = question.patch(situation, answers);
    for (const edit of patch.edits ?? []) edits.set(edit.path, edit);
    for (const secret of patch.secrets ?? []) secrets.set(secret.path, secret);
  }
  return {
    edits: [...edits.values()].filter(
      ({ path, value }) => !isDeepStrictEqual(getPath(situation.config, path), value),
    ),
    secrets: [...secrets.values()],
  };
}
