/**
 * How a secret is handed to a command: typed where nobody sees it, on standard input, in a file, or
 * as the name of a variable. Never as an argument: those are in the history of the shell and in the
 * list of processes.
 *
 * @module
 */
import { readFileSync } from 'node:fs';

import { PortcullisError } from '@portcullis/core';

import type { Invocation } from '../../command.ts';
import { quote } from '../../parse/fault.ts';
import { type GivenSecret, checkedSecret, inVariable } from '../../secrets/given-secret.ts';
import { KEEP_IN, type KeepIn } from '../../secrets/keeper.ts';

/** Where secrets are to be kept, as `--keep` says. */
export function keepIn({ input }: Pick<Invocation, 'input'>): KeepIn {
  const word = input.text('keep');
  return KEEP_IN.find((each) => each === word) ?? 'auto';
}

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
  const secret = inVariable(variable);
  if (secret !== undefined) return secret;
  throw new PortcullisError('usage.invalid_value', `--${name}-env needs the name of a variable.`, {
    hint: 'Names are upper-case letters, digits and "_": TELEGRAM_BOT_TOKEN.',
  });
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
