/**
 * How a method is declared: as data.
 *
 * @module
 */
import type { z } from 'zod';

import type { RequiredScope } from './scopes.ts';

/** A method of the control plane. */
export interface MethodSpec<
  TParams extends z.ZodType = z.ZodType,
  TResult extends z.ZodType = z.ZodType,
> {
  /** Checked before the parameters are looked at. */
  readonly scope: RequiredScope;
  /** Who may call it. Default: operators, and nobody else. */
  readonly role?: 'node';
  /** Absent and `null` parameters are checked as `{}`. */
  readonly params: TParams;
  readonly result: TResult;
  /** One sentence. */
  readonly summary: string;
}

/** Declares the methods of one namespace, keeping their exact types. */
export function defineMethods<const T extends Readonly<Record<string, MethodSpec>>>(methods: T): T {
  return methods;
}
