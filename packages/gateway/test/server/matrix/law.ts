/**
 * Who may call what, written down a second time and apart from the code that decides it: a matrix
 * that asked the same functions as the server would agree with every mistake in them.
 */
import { type MethodName, METHODS } from '@portcullis/protocol';

import type { Frame } from '../clients.ts';

/** Every scope an operator can hold. */
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

/** Every method there is, and names of none. */
export const CALLED: readonly string[] = [
  ...Object.keys(METHODS),
  'no.such.method',
  '__proto__',
  'constructor',
  'toString',
  'Health',
  'health ',
  'CONFIG.GET',
];

/** What a connection may hold: nothing, each scope alone, and what only looks like a scope. */
export const HOLDINGS: readonly (readonly string[])[] = [
  [],
  ...SCOPES.map((scope) => [scope]),
  ['owner', 'admin', '*', 'operator.*', 'Operator.Admin', ' operator.admin', 'operator.admin '],
];

/** The scope a name asks for. What nobody knows asks for the highest. */
export function scopeOf(name: string): string {
  return Object.hasOwn(METHODS, name) ? METHODS[name as MethodName].scope : 'operator.admin';
}

/** Admin opens everything, write opens read, and otherwise a scope opens itself. */
export function opens(held: readonly string[], scope: string): boolean {
  if (scope === 'none') return true;
  if (held.includes('operator.admin')) return true;
  if (scope === 'operator.read' && held.includes('operator.write')) return true;
  return held.includes(scope);
}

/** What nodes call, and nobody else. */
export const NODE_METHODS: readonly string[] = [
  'node.event',
  'node.invoke.progress',
  'node.invoke.result',
  'node.pending.ack',
  'node.pending.drain',
  'node.pending.pull',
  'skills.bins',
];

/** The whole error for a method of another role. */
export function roleRefusal(role: 'operator' | 'node'): Frame['error'] {
  return { code: 'INVALID_REQUEST', message: `unauthorized role: ${role}` };
}

/** The whole error for a scope that is lacking. */
export function scopeRefusal(scope: string): Frame['error'] {
  return {
    code: 'FORBIDDEN',
    message: `missing scope: ${scope}`,
    details: {
      reason: 'request.scope_missing',
      code: 'MISSING_SCOPE',
      missingScope: scope,
      requiredScopes: [scope],
    },
  };
}

/** Parameters no method takes: the answer tells whether they were looked at. */
export const NO_PARAMS = 'not an object';

/** What is answered to {@link NO_PARAMS} by whoever looked at them. */
export function paramsRefusal(name: string): Frame['error'] {
  const isMethod = Object.hasOwn(METHODS, name);
  return {
    code: 'INVALID_REQUEST',
    message: isMethod
      ? `invalid ${name} params: at root: must be object`
      : `unknown method: ${name}`,
    details: { reason: 'request.invalid' },
  };
}
