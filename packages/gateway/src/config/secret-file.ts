/**
 * A file of secrets that SecretRefs point into: one JSON object, a text for each name. Promises:
 * private to the user (0600); whole or not at all; a file that others may write, or that holds
 * something else, is left alone.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';

import { replaceFile } from './atomic-file.ts';
import { withFileLock } from './lock-file.ts';
import { errnoReason, readTextFile } from './text-file.ts';

/** Its name in the folder of credentials. */
export const SECRET_FILE = 'secrets.json';

/** The id by which a SecretRef finds a name in the file: a JSON pointer. */
export function secretPointer(name: string): string {
  return `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/**
 * Puts the secret of a name in the place of the one before it, or takes it out where `text` is
 * undefined. Makes the file where there is none.
 *
 * @returns the secret that was there.
 * @throws PortcullisError `secret.file_unusable`, also where another program is at it.
 */
export function replaceSecret(
  path: string,
  name: string,
  text: string | undefined,
): string | undefined {
  const busy = (): PortcullisError => unusable(path, 'another program is writing it');
  try {
    return withFileLock(path, busy, () => {
      const secrets = readSecrets(path);
      const before = secrets.get(name);
      if (text === undefined) secrets.delete(name);
      else secrets.set(name, text);
      const isSame = before === text;
      if (!isSame) replaceFile(path, `${JSON.stringify(Object.fromEntries(secrets), null, 2)}\n`);
      return before;
    });
  } catch (error) {
    throw PortcullisError.is(error) ? error : unusable(path, errnoReason(error));
  }
}

function readSecrets(path: string): Map<string, string> {
  const file = readTextFile(path, { followLinks: false });
  if (file.kind === 'missing') return new Map();
  if (file.kind === 'fault') throw unusable(path, file.reason);
  if ((file.mode & 0o022) !== 0) throw unusable(path, 'others may write it');
  const entries = Object.entries(parseObject(path, file.text));
  const texts = entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  if (texts.length < entries.length) throw unusable(path, 'it holds something else than texts');
  return new Map(texts);
}

function parseObject(path: string, text: string): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw unusable(path, 'it is not valid JSON');
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw unusable(path, 'it holds no JSON object');
}

function unusable(path: string, reason: string): PortcullisError {
  return new PortcullisError('secret.file_unusable', `${path} cannot keep a secret: ${reason}.`, {
    hint: 'Correct or remove the file, then set the secrets it held anew.',
    details: { path },
  });
}
