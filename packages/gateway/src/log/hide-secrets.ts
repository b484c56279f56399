/**
 * Texts without the secrets this process knows, and without what looks like one.
 *
 * @module
 */
import type { Secret } from '@portcullis/core';

import { EgressGuard } from '../egress/guard.ts';
import { hideShapes } from './secret-shapes.ts';

/** Shorter secrets would blot out ordinary words. */
const MIN_SECRET = 6;

/**
 * Makes what takes secrets out of a text: the known ones, in every spelling the guard of what leaves
 * finds, then what looks like a credential.
 *
 * @param secrets the known ones; asked again as they become more.
 */
export function secretHider(secrets: () => readonly Secret[]): (text: string) => string {
  const guard = new EgressGuard(secrets);
  return (text) => hideShapes(guard.redact(redact(text, secrets())));
}

/** Replaces the text of secrets, also in its JSON-escaped form. */
function redact(line: string, secrets: readonly Secret[]): string {
  let result = line;
  for (const secret of secrets) {
    const text = secret.reveal();
    if (text.length < MIN_SECRET) continue;
    result = result.replaceAll(text, '[secret]');
    const escaped = JSON.stringify(text).slice(1, -1);
    if (escaped !== text) result = result.replaceAll(escaped, '[secret]');
  }
  return result;
}
