/**
 * `openclaw models fallbacks`: which models are tried when the first one fails.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';

import type { CommandHandler, Invocation } from '../../command.ts';
import { quote } from '../../parse/fault.ts';
import { changeConfig, printOutcome } from '../config/change.ts';
import { chosenModels, load, MODEL_KEY, splitId } from './list.ts';

function chosen(invocation: Invocation): {
  readonly first: string;
  readonly fallbacks: readonly string[];
} {
  const [first = '', ...fallbacks] = chosenModels(load(invocation).value);
  return { first, fallbacks };
}

async function setFallbacks(invocation: Invocation, fallbacks: readonly string[]): Promise<void> {
  const { out, json, input } = invocation;
  const { first } = chosen(invocation);
  const change = await changeConfig(invocation, [
    { path: MODEL_KEY, value: { primary: first, fallbacks: [...fallbacks] } },
  ]);
  if (json) {
    out.json({ ok: true, primary: first, fallbacks, ...change });
    return;
  }
  if (input.flag('dry-run')) out.line('Nothing was changed.');
  else {
    const rest = fallbacks.length === 0 ? 'nothing else' : fallbacks.join(', then ');
    out.line(`${first} answers; when it fails, ${rest}.`);
  }
  printOutcome(invocation, change);
}

/** `openclaw models fallbacks list`. */
export const listFallbacks: CommandHandler = async (invocation) => {
  const { out, json } = invocation;
  const { first, fallbacks } = chosen(invocation);
  if (json) out.json({ ok: true, primary: first, fallbacks });
  else if (fallbacks.length === 0) out.line(`${first} has no fallbacks.`);
  else for (const id of fallbacks) out.line(id);
};

/** `openclaw models fallbacks add`. */
export const addFallback: CommandHandler = async (invocation) => {
  const id = invocation.input.argument('model');
  splitId(id);
  const { first, fallbacks } = chosen(invocation);
  const rest = fallbacks.filter((each) => each !== id);
  if (id === first) {
    throw new PortcullisError('usage.invalid_value', `${quote(id)} is the first choice already.`, {
      hint: 'A fallback is another model: openclaw models list',
    });
  }
  await setFallbacks(invocation, [...rest, id]);
};

/** `openclaw models fallbacks remove`. */
export const removeFallback: CommandHandler = async (invocation) => {
  const id = invocation.input.argument('model');
  const { fallbacks } = chosen(invocation);
  if (!fallbacks.includes(id)) {
    throw new PortcullisError('usage.invalid_value', `${quote(id)} is no fallback.`, {
      hint: fallbacks.length === 0 ? 'There are none.' : `There are ${fallbacks.join(', ')}.`,
    });
  }
  await setFallbacks(
    invocation,
    fallbacks.filter((each) => each !== id),
  );
};

/** `openclaw models fallbacks clear`. */
export const clearFallbacks: CommandHandler = (invocation) => setFallbacks(invocation, []);
