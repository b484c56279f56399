/**
 * Asks the model of a config one small question, as a gateway would, and says what came of it.
 *
 * @module
 */
import { PortcullisError, createRegistry, silentLogger } from '@portcullis/core';
import { openConfig } from '@portcullis/gateway/local';
import models from '@portcullis/models';
import { createModels, resolveModels } from '@portcullis/models/config';

import type { CommandContext } from '../context.ts';

/** What came of it. */
export type ModelTrial =
  | { readonly ok: true; readonly model: string; readonly ms: number }
  | {
      readonly ok: false;
      readonly model: string;
      readonly code: string;
      readonly message: string;
      readonly hint?: string;
    };

/** How long the answer may take. */
const TRIAL_MS = 30_000;

const REQUEST = {
  system: '',
  messages: [{ role: 'user', content: [{ type: 'text', text: 'Answer with one word: ready' }] }],
  tools: [],
  maxOutputTokens: 16,
} as const;

/**
 * Asks the first model of the config. It gets one fixed sentence and nothing else.
 *
 * @throws PortcullisError `config.*` where the config cannot be read.
 */
export async function tryModel({
  env,
  paths,
  signal,
}: Pick<CommandContext, 'env' | 'paths' | 'signal'>): Promise<ModelTrial> {
  const { config, secrets } = openConfig({ env, paths });
  const registry = createRegistry();
  models.register(registry);
  let name = 'the model';
  try {
    const [first] = resolveModels(config.value, { secrets, log: silentLogger });
    name = first?.id ?? name;
    const [model] = createModels(first === undefined ? [] : [first], registry.models);
    if (model === undefined) throw noAnswer();
    const begun = performance.now();
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(TRIAL_MS)]);
    let isFinished = false;
    for await (const event of model.stream(REQUEST, deadline)) {
      isFinished ||= event.type === 'finish';
    }
    if (!isFinished) throw noAnswer();
    return { ok: true, model: name, ms: Math.round(performance.now() - begun) };
  } catch (error) {
    if (!PortcullisError.is(error)) throw error;
    const { code, message, hint } = error;
    return { ok: false, model: name, code, message, ...(hint !== undefined && { hint }) };
  }
}

function noAnswer(): PortcullisError {
  return new PortcullisError('model.bad_response', 'The model did not answer.', {
    hint: 'Look at its server.',
  });
}
