/**
 * How a secret is handed to a command: typed where nobody sees it, on standard input, in a file, or
 * as the name of a variable. Never as an argument: those are in the history of the shell and in the
 * list of processes.
 *
 * @module
 */
import { readFileSync } from 'node:fs';

import { PortcullisError } from '@portcullis/core';
import type { ConfigValue } from '@portcullis/gateway/config';

import type { Invocation } from '../../command.ts';
import { quote } from '../../parse/fault.ts';
import { KEEP_IN, type KeepIn } from '../../secrets/keeper.ts';

/** A secret as it was handed over: its text, or where the gateway finds it by itself. */
export type GivenSecret =
  | { readonly text: string }
  | { readonly text?: undefined; readonly ref: ConfigValue; readonly variable: string };

/** Where secrets are to be kept, as `--keep` says. */
export function keepIn({ input }: Pick<Invocation, 'input'>): KeepIn {
  const word = input.text('keep');
  return KEEP_IN.find((each) => each === word) ?? 'auto';
}

const VARIABLE = /^[A-Z][A-Z0-9_]{0,127}$/u;
const MOST = 16_384;

/**
 * The secret that the options of a call hand over; undefined where they hand over none.
 *
 * @throws PortcullisError `usage.invalid_value`, `usage.file`, `usage.input_too_long`.
 */
export async function givenSecret(
  { input, doors }: Pick<Invocation, 'input' | 'doors'>,
  name: string,
): Promise<GivenSecret | undefined> {
  const [file, variable] = [input.text(`${name}-file`), input.text(`${name}-env`)];
  const isPiped = input.flag(`${name}-stdin`);
  const ways = [isPiped, file !== undefined, variable !== undefined].filter(Boolean).length;
  if (ways > 1) {
    throw new PortcullisError('usage.invalid_value', `--${name}-… is given more than once.`, {
      hint: 'Hand the secret over in one way.',
    });
  }
  if (variable !== undefined) return fromVariable(name, variable);
  if (file !== undefined) return { text: checkedSecret(readSecretFile(file), `--${name}-file`) };
  return isPiped ? { text: checkedSecret(await doors.readInput(), `--${name}-stdin`) } : undefined;
}

function fromVariable(name: string, variable: string): GivenSecret {
  if (VARIABLE.test(variable)) {
    return { ref: { source: 'env', provider: 'default', id: variable }, variable };
  }
  throw new PortcullisError('usage.invalid_value', `--${name}-env needs the name of a variable.`, {
    hint: 'Names are upper-case letters, digits and "_": TELEGRAM_BOT_TOKEN.',
  });
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

/** What keeps a text from being a secret, as a sentence; undefined where nothing does. */
export function secretProblem(text: string): string | undefined {
  const secret = text.trim();
  if (secret === '') return 'It is empty.';
  if (secret.length > MOST) return `It is longer than ${String(MOST)} characters.`;
  return /^[\u0021-\u007e]+$/u.test(secret)
    ? undefined
    : 'It holds blanks or characters that no token has.';
}

function readSecretFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new PortcullisError('usage.file', `${quote(path)} cannot be read.`, {
      hint: 'Check the path and the permissions.',
      cause: error,
    });
  }
}
