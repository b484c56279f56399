/**
 * `openclaw gateway hash-password`: a secret as it may stand in the config, so that reading the
 * config does not give it away.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';
import { storeSecret } from '@portcullis/gateway';
import { isPlaceholder, isStored, sameSecret } from '@portcullis/policy/exposure';

import type { CommandHandler, Doors } from '../command.ts';

/** Shorter ones are guessed from their hash in an afternoon. */
const SHORTEST = 12;
const LONGEST = 1024;

function requireStrong(secret: string): void {
  const isTooShort = [...secret].length < SHORTEST || secret.length > LONGEST;
  if (!isTooShort && !isPlaceholder(secret) && !isStored(secret) && !/^\s|\s$/u.test(secret))
    return;
  throw new PortcullisError('gateway.password_weak', 'That password will not do.', {
    hint: `Use ${SHORTEST} to ${LONGEST} characters that stand in no example, without spaces around them.`,
  });
}

async function firstLine(doors: Doors): Promise<string> {
  return (await doors.readInput()).split(/\r?\n/u)[0] ?? '';
}

/** `openclaw gateway hash-password`. */
export const hashPassword: CommandHandler = async ({ context, doors, out, json }) => {
  const isPerson = context.stdin.isTTY === true;
  const secret = isPerson ? await doors.readSecret('Password: ') : await firstLine(doors);
  requireStrong(secret);
  // Only a person can mistype; a program hands over one line.
  if (isPerson && !sameSecret(await doors.readSecret('Again: '), secret)) {
    throw new PortcullisError('gateway.password_differs', 'The two passwords differ.', {
      hint: 'Run the command again.',
    });
  }
  const stored = await storeSecret(secret);
  if (json) {
    out.json({ ok: true, stored });
    return;
  }
  out.line(stored);
  out.note('Put it where the password was: openclaw config set gateway.auth.password <this>');
};
