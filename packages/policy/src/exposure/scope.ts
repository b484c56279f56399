/**
 * Operator scopes: what they imply, and that nobody hands out more than he holds.
 *
 * @module
 */
import type { Decision } from '@portcullis/core';
import { asText, asTexts, InvalidSetting, setting } from '../setting.ts';
import { total } from '../verdict.ts';
import { verdict } from './reasons.ts';

/** A use of a scope, or a grant of scopes to somebody else. */
export type ScopeInput =
  | { readonly scopes: readonly string[]; readonly required: string }
  | { readonly scopes: readonly string[]; readonly grant: readonly string[] };

/** True when `held` contains `scope`: admin implies all, write implies read, else exactly. */
export function holdsScope(held: readonly string[], scope: string): boolean {
  return (
    held.includes('operator.admin') ||
    held.includes(scope) ||
    (scope === 'operator.read' && held.includes('operator.write'))
  );
}

/** Whether `scopes` suffice for `required`, or for handing out every scope of `grant`. */
export function decideScope(_config: unknown, input: ScopeInput): Decision {
  return total(() => {
    const held = asTexts(setting(input, 'scopes')) ?? [];
    const required = asText(setting(input, 'required'));
    const grant = asTexts(setting(input, 'grant'));
    if (required === undefined && grant === undefined) throw new InvalidSetting('required');
    if (required?.trim() === '' || (required !== undefined && !holdsScope(held, required))) {
      return verdict.deny('gateway.scope.missing', '<connection>');
    }
    if (grant?.some((scope) => !holdsScope(held, scope)) === true) {
      return verdict.deny('gateway.scope.escalation', '<connection>');
    }
    return verdict.allow('gateway.scope.ok', '<connection>');
  });
}
