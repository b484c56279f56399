/**
 * Which of the secrets a gateway knows are looked for in what leaves it, and how much of one counts.
 *
 * @module
 */
import type { Secret } from '@portcullis/core';
import { isPlaceholder } from '@portcullis/policy/exposure';

import { isSecretName } from '../config/secret-key.ts';
import { skeletonOf } from './skeleton.ts';

/** One text that must not leave. */
export interface Guarded {
  readonly text: string;
  /** Characters that count. */
  readonly length: number;
  /** So many different ones of them are as good as the whole. */
  readonly enough: number;
}

/** Shorter secrets would be found in ordinary words. */
export const MIN_LENGTH = 12;
/** More of a secret than this is not looked for: its beginning tells it. */
const MAX_LENGTH = 16_384;
/** So much of the longest secret is too much. */
const MOST_ALLOWED = 48;
const PEM = /-----BEGIN [A-Z0-9 ]+-----([\s\S]*?)-----END [A-Z0-9 ]+-----/gu;
/** What the body of a key begins with names its kind and is the same in each of them. */
const PEM_HEAD = 96;
const PEM_SHORT = 200;
const CREDENTIALS = /^[a-z][a-z0-9+.-]*:\/\/([^/@\s]*)@/iu;
const TOKEN = /[A-Za-z0-9_-]{20,}/u;

/** The texts that are looked for, each once. */
export function guardedOf(secrets: readonly Secret[]): readonly Guarded[] {
  const texts = new Set(secrets.flatMap(textsOf));
  return [...texts].flatMap((text) => {
    const { length } = skeletonOf(text);
    if (text.length < MIN_LENGTH || isPlaceholder(text)) return [];
    const half = Math.ceil(length / 2);
    const enough = Math.min(MOST_ALLOWED, Math.max(Math.min(MIN_LENGTH, length), half));
    return [{ text, length, enough }];
  });
}

/** What is secret of a secret: a key without its frame, the secret members of a document. */
function textsOf(secret: Secret): readonly string[] {
  const text = secret.reveal().trim().slice(0, MAX_LENGTH);
  if (isSetting(secret.origin) && !looksMade(text)) return [];
  const keys = [...text.matchAll(PEM)].map(([, body = '']) => keyOf(body));
  if (keys.length > 0) return keys;
  const members = text.startsWith('{') ? membersOf(text) : [];
  if (members.length > 0) return members;
  const [, login = ''] = CREDENTIALS.exec(text) ?? [];
  const password = login.slice(login.indexOf(':') + 1);
  return password.length >= MIN_LENGTH ? [decoded(password)] : [text];
}

/** Values that are secret only because they may be: of variables and headers without a telling name. */
function isSetting(origin: string): boolean {
  const steps = /(?:^|\.)(?:env|vars|headers)(?:\.|\[")(.+?)(?:"\])?$/u.exec(origin);
  return steps?.[1] !== undefined && !isSecretName(steps[1]);
}

/** True for text that no person would say: a token, or an address with a login in it. */
function looksMade(text: string): boolean {
  if (CREDENTIALS.test(text)) return true;
  const run = TOKEN.exec(text)?.[0] ?? '';
  return /\d/u.test(run) && /[a-z]/iu.test(run);
}

function keyOf(body: string): string {
  const text = body.replaceAll(/\\n|\s/gu, '');
  return text.length > PEM_SHORT ? text.slice(PEM_HEAD) : text;
}

/** The members of a JSON document that are named like secrets. */
function membersOf(text: string): readonly string[] {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return [];
  }
  if (typeof document !== 'object' || document === null) return [];
  return Object.entries(document).flatMap(([name, value]: [string, unknown]) => {
    if (typeof value !== 'string' || !isSecretName(name)) return [];
    const keys = [...value.matchAll(PEM)].map(([, body = '']) => keyOf(body));
    return keys.length > 0 ? keys : [value];
  });
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
