/**
 * What an audit finds now that it did not find before. Promises: pure; a finding about the same thing
 * is the same one, whatever it says of it.
 *
 * @module
 */
import { type Finding, type Severity, SEVERITIES } from '../finding.ts';

/** A finding that says something else than before. */
export interface ChangedFinding extends Finding {
  readonly before: Pick<Finding, 'severity' | 'detail'>;
}

/** Two audits compared. */
export interface Drift {
  readonly appeared: readonly Finding[];
  readonly gone: readonly Finding[];
  readonly changed: readonly ChangedFinding[];
}

/** What makes a finding the same one: the check, and the key or file it is about. */
export function findingKey({ checkId, path }: Pick<Finding, 'checkId' | 'path'>): string {
  return JSON.stringify([checkId, path ?? '']);
}

/** A check of keys names the first of those it found; files are each a thing of their own. */
function checkKey({ checkId, path }: Finding): string {
  return path?.startsWith('/') === true ? findingKey({ checkId, path }) : checkId;
}

/** Pairs up what is the same by `key`, and takes it out of both lists. */
function match(
  before: Finding[],
  after: Finding[],
  key: (found: Finding) => string,
): readonly (readonly [Finding, Finding])[] {
  const paired: (readonly [Finding, Finding])[] = [];
  for (const found of after.splice(0)) {
    const wanted = key(found);
    const index = before.findIndex((each) => key(each) === wanted);
    const [was] = index === -1 ? [] : before.splice(index, 1);
    if (was === undefined) after.push(found);
    else paired.push([was, found]);
  }
  return paired;
}

/** Compares two audits. */
export function driftOf(before: readonly Finding[], after: readonly Finding[]): Drift {
  const [gone, appeared] = [[...before], [...after]];
  match(gone, appeared, (found) => JSON.stringify(found));
  const changed = [findingKey, checkKey].flatMap((key) => match(gone, appeared, key));
  return {
    appeared,
    gone,
    changed: changed
      .filter(([was, is]) => was.severity !== is.severity || was.detail !== is.detail)
      .map(([{ severity, detail }, found]) => ({ ...found, before: { severity, detail } })),
  };
}

function rank(severity: Severity): number {
  return SEVERITIES.indexOf(severity);
}

/** What is worse than before: what is new, and what was less bad. */
export function worsened({ appeared, changed }: Drift): readonly Finding[] {
  const worse = changed.filter(({ severity, before }) => rank(severity) < rank(before.severity));
  return [...appeared, ...worse];
}
