/**
 * Holds the requirements against the tests that prove them and the reasons that excuse them.
 *
 * @module
 */
import { ABSENT_PARTS } from './absent-parts.ts';
import type { Citation } from './citations.ts';
import type { NotApplicable } from './not-applicable.ts';
import type { Threat } from './threats.ts';

/** What is known about the requirements. */
export interface Evidence {
  readonly threats: readonly Threat[];
  readonly citations: readonly Citation[];
  readonly notApplicable: readonly NotApplicable[];
}

/** The fewest words a reason says anything in. */
const REASON_WORDS = 6;

function repeated(ids: readonly string[]): readonly string[] {
  return [...new Set(ids.filter((id, index) => ids.indexOf(id) !== index))];
}

/** Requirements nobody proves or excuses, ids nobody knows, and excuses that are none. */
export function checkCoverage(evidence: Evidence): readonly string[] {
  const { threats, citations, notApplicable } = evidence;
  const known = new Set(threats.map(({ id }) => id));
  const tested = new Map(citations.map(({ id, path }) => [id, path]));
  const excused = new Set(notApplicable.map(({ id }) => id));
  const problems: string[] = [];
  for (const { id, path } of citations) {
    if (!known.has(id)) problems.push(`${path}: names ${id}, which is no requirement`);
  }
  for (const { id, absent, reason } of notApplicable) {
    const path = tested.get(id);
    if (!known.has(id)) problems.push(`${id} is excused, but is no requirement`);
    if (path !== undefined) problems.push(`${id} is excused, and tested in ${path}: choose one`);
    if (!Object.hasOwn(ABSENT_PARTS, absent))
      problems.push(`${id}: nobody checks that ${absent} is absent`);
    if (reason.trim().split(/\s+/).length < REASON_WORDS) problems.push(`${id} has no reason`);
  }
  for (const id of repeated(notApplicable.map((each) => each.id))) {
    problems.push(`${id} is excused twice`);
  }
  for (const id of repeated(threats.map((each) => each.id))) {
    problems.push(`${id} is given to two requirements`);
  }
  for (const { id, must } of threats) {
    if (tested.has(id) || excused.has(id)) continue;
    problems.push(`${id} is neither the name of a test nor excused: ${must}`);
  }
  return problems;
}
