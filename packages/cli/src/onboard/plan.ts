/**
 * From answers to a change of the config. Promises: pure; the same answers give the same change, in
 * whatever way they were given; what is as answered already is no change.
 *
 * @module
 */
import { isDeepStrictEqual } from 'node:util';

import {
  type ConfigEdit,
  type ConfigObject,
  editConfig,
  getPath,
  isConfigObject,
  parseConfigValue,
} from '@portcullis/gateway/config';

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

/**
 * Works out what the answers to these questions change. Each question goes on from what the ones
 * before it made of the config.
 */
export function planOf(
  questions: readonly Question[],
  situation: Situation,
  answers: Answers,
): Plan {
  const edits = new Map<string, ConfigEdit>();
  const secrets = new Map<string, PlannedSecret>();
  let { config } = situation;
  for (const question of questions) {
    if (question.applies?.(situation, answers) === false) continue;
    const patch = question.patch({ ...situation, config }, answers);
    for (const edit of patch.edits ?? []) edits.set(edit.path, edit);
    for (const secret of patch.secrets ?? []) secrets.set(secret.path, secret);
    config = withEdits(config, patch.edits ?? []);
  }
  return {
    edits: [...edits.values()].filter(
      ({ path, value }) => !isDeepStrictEqual(getPath(situation.config, path), value),
    ),
    secrets: [...secrets.values()],
  };
}

function withEdits(config: ConfigObject, edits: readonly ConfigEdit[]): ConfigObject {
  if (edits.length === 0) return config;
  const next = parseConfigValue(editConfig(JSON.stringify(config), edits), 'The config');
  return isConfigObject(next) ? next : config;
}
