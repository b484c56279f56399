/**
 * Says in one clause what is wrong with a value, in the words clients of this protocol know.
 *
 * @module
 */
import type { z } from 'zod';

type Issue = z.core.$ZodIssue;

/** JSON names of what zod expected. */
const TYPES: Readonly<Record<string, string>> = {
  int: 'integer',
  record: 'object',
  map: 'object',
  nan: 'number',
};

function pointer(path: readonly PropertyKey[]): string {
  return path.length === 0 ? 'at root' : `at /${path.map(String).join('/')}`;
}

function missing(issue: Issue): boolean {
  return (
    (issue.code === 'invalid_type' || issue.code === 'invalid_value') &&
    issue.path.length > 0 &&
    issue.input === undefined
  );
}

/** One clause for one kind of fault. Never repeats the value: it may be a secret. */
function clause(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.message === 'must be integer') return issue.message;
      return `must be ${TYPES[issue.expected] ?? issue.expected}`;
    case 'unrecognized_keys':
      return `unexpected property '${(issue.keys[0] ?? '').slice(0, 64)}'`;
    case 'invalid_value':
      return `must be one of ${issue.values.map((value) => JSON.stringify(value)).join(', ')}`;
    case 'too_small':
      return issue.origin === 'string'
        ? `must have at least ${String(issue.minimum)} characters`
        : `must be at least ${String(issue.minimum)}`;
    case 'too_big':
      return issue.origin === 'string'
        ? `must have at most ${String(issue.maximum)} characters`
        : `must be at most ${String(issue.maximum)}`;
    case 'invalid_union':
      return 'matches none of the allowed shapes';
    default:
      return 'is invalid';
  }
}

/**
 * The first fault of `error`: `must have required property 'x'`, `at root: unexpected property 'y'`,
 * `at /limit: must be integer`. `error` must come from a parse with `reportInput: true`, or absent
 * properties are described by their type.
 */
export function describeFault(error: z.ZodError): string {
  const issue = error.issues[0];
  if (issue === undefined) return 'is invalid';
  if (missing(issue)) {
    const parent = issue.path.slice(0, -1);
    const clauseText = `must have required property '${String(issue.path.at(-1))}'`;
    return parent.length === 0 ? clauseText : `${pointer(parent)}: ${clauseText}`;
  }
  return `${pointer(issue.path)}: ${clause(issue)}`;
}
