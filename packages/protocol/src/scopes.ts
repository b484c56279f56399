/**
 * What an operator connection may be granted.
 *
 * @module
 */
import { z } from 'zod';

/** Every scope there is. A string outside this list is echoed back and grants nothing. */
export const SCOPES = [
  'operator.read',
  'operator.write',
  'operator.admin',
  'operator.pairing',
  'operator.approvals',
  'operator.questions',
  'operator.talk',
  'operator.talk.secrets',
] as const;

/** A known scope. */
export const scopeSchema = z.enum(SCOPES);

/** True for a scope that grants something. */
export function isScope(text: string): text is Scope {
  return SCOPES.some((scope) => scope === text);
}

/** A known scope. */
export type Scope = (typeof SCOPES)[number];

/** The scope a method or event needs; `none` is for what every connection may have. */
export type RequiredScope = Scope | 'none';
