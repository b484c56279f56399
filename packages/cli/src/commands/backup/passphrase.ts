/**
 * The passphrase of an archive: from a file, from standard input, or typed. Never from the
 * arguments or the environment, which others can read.
 *
 * @module
 */
import { readFileSync } from 'node:fs';

import { PortcullisError } from '@portcullis/core';

import { MIN_PASSPHRASE } from '../../backup/cipher.ts';
import type { Invocation } from '../../command.ts';
import { fullPath } from './paths.ts';

function refusedPassphrase(message: string, hint: string, cause?: unknown): PortcullisError {
  return new PortcullisError('backup.passphrase', message, {
    hint,
    ...(cause === undefined ? {} : { cause }),
  });
}

/** What was handed over; undefined where nothing was. */
async function handedOver({ context, input, doors }: Invocation): Promise<string | undefined> {
  const path = input.text('passphrase-file');
  if (path !== undefined && input.flag('passphrase-stdin')) {
    throw refusedPassphrase('Two passphrases were given.', 'Give one of the two options.');
  }
  if (input.flag('passphrase-stdin')) return await doors.readInput();
  if (path === undefined) return undefined;
  try {
    return readFileSync(fullPath(context, path), 'utf8').replace(/\r?\n$/u, '');
  } catch (error) {
    throw refusedPassphrase(`${path} cannot be read.`, 'Name a file that holds it.', error);
  }
}

/**
 * The passphrase to seal an archive with; undefined where none is wanted.
 *
 * @throws PortcullisError `backup.passphrase`, `usage.confirmation`.
 */
export async function passphraseToSeal(invocation: Invocation): Promise<string | undefined> {
  const given = await handedOver(invocation);
  if (given === undefined && !invocation.input.flag('encrypt')) return undefined;
  const passphrase = given ?? (await typedTwice(invocation));
  if (passphrase.length >= MIN_PASSPHRASE) return passphrase;
  throw refusedPassphrase(
    `A passphrase has at least ${String(MIN_PASSPHRASE)} characters.`,
    'Take five or six random words.',
  );
}

async function typedTwice({ doors }: Invocation): Promise<string> {
  const passphrase = await doors.readSecret('Passphrase of the archive: ');
  if ((await doors.readSecret('Once more: ')) === passphrase) return passphrase;
  throw refusedPassphrase('The two passphrases differ.', 'Run the command again.');
}

/** Asks for the passphrase of an archive that turns out to be sealed. */
export function passphraseToOpen(invocation: Invocation): () => Promise<string> {
  return async () =>
    (await handedOver(invocation)) ??
    (await invocation.doors.readSecret('Passphrase of the archive: '));
}
