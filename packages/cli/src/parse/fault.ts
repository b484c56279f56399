/**
 * What can be wrong with the words of a call.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';
import { nearest } from '@portcullis/gateway/config';

import { escapeField } from '../terminal/escape.ts';

/** Words of the user are repeated up to this length. */
const QUOTED_LENGTH = 60;

/** A word of the user, safe to repeat. */
export function quote(word: string): string {
  const shown = word.length > QUOTED_LENGTH ? `${word.slice(0, QUOTED_LENGTH)}...` : word;
  return `"${escapeField(shown)}"`;
}

/** `Did you mean "x"? `, or nothing. */
export function meant(word: string, candidates: readonly string[]): string {
  const found = nearest(word, candidates);
  return found === undefined ? '' : `Did you mean "${found}"? `;
}

/** Where to read more. */
export function seeHelp(command: string): string {
  return `Run "openclaw help${command === '' ? '' : ` ${command}`}" to see how it is used.`;
}

/** A value that an option or argument does not take. */
export function invalidValue(what: string, expected: string, command: string): PortcullisError {
  return new PortcullisError('usage.invalid_value', `${what} must be ${expected}.`, {
    hint: seeHelp(command),
  });
}
