/**
 * A secret as somebody hands it over. Promises: pure; no fault quotes it.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';
import type { ConfigValue } from '@portcullis/gateway/config';

/** A secret as it was handed over: its text, or where the gateway finds it by itself. */
export type GivenSecret =
  | { readonly text: string }
  | { readonly text?: undefined; readonly ref: ConfigValue; readonly variable: string };

const VARIABLE = /^[A-Z][A-Z0-9_]{0,127}$/u;
const MOST = 16_384;

/** The secret that stays in a variable of the gateway; undefined where that is no name of one. */
export function inVariable(variable: string): GivenSecret | undefined {
  if (!VARIABLE.test(variable)) return undefined;
  return { ref: { source: 'env', provider: 'default', id: variable }, variable };
}

/** What keeps a text from being a secret, as a sentence; undefined where nothing does. */
export function secretProblem(text: string): string | undefined {
  const secret = text.trim();
  if (secret === '') return 'It is empty.';
  if (secret.length > MOST) return `It is longer than ${String(MOST)} characters.`;
  return /^[\u0021-\u007e]+$/u.test(secret)
    ? undefined
    : 'It holds blanks or characters that no token has.';
}

/**
 * A secret without the blanks around it.
 *
 * @throws PortcullisError `usage.invalid_value` where it is empty, of several lines, or no secret.
 */
export function checkedSecret(text: string, from: string): string {
  const secret = text.trim();
  const problem = secretProblem(secret);
  if (problem === undefined) return secret;
  throw new PortcullisError('usage.invalid_value', `${from}: ${problem}`, {
    hint: 'Hand over the secret alone, on one line.',
  });
}
