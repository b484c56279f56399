/**
 * What an audit finds.
 *
 * @module
 */
import { type Wording, wordingOf } from './wording.ts';

/** How bad it is. */
export type Severity = 'critical' | 'warn' | 'info';

/** All severities, worst first. */
export const SEVERITIES: readonly Severity[] = ['critical', 'warn', 'info'];

/** One thing an operator should know. */
export interface Finding {
  /** Stable id of the check. Where a check is about one of several things, its name is part of it. */
  readonly checkId: string;
  readonly severity: Severity;
  /** What is wrong, in a few words. */
  readonly title: string;
  /** What exactly was found, and what somebody could do with it. */
  readonly detail: string;
  /** The command or the change that mends it. */
  readonly remediation?: string;
  /** The config key or the file it is about. */
  readonly path?: string;
}

/** A finding that matched an entry of `security.audit.suppressions`. */
export interface SuppressedFinding extends Finding {
  readonly suppression: { readonly reason?: string };
}

/** What a check says beside its id and how bad it is. */
export interface Found {
  /** What exactly was found, as a sentence without its full stop. */
  readonly what: string;
  /** The config key or the file. */
  readonly path?: string;
  /** Put into the id in place of its `<name>` parts, in order. */
  readonly names?: readonly string[];
  /** Replaces the wording's own remedy. */
  readonly remedy?: string;
}

/** Makes a finding of a check. `check` is the id as the table of wordings has it. */
export function finding(check: string, severity: Severity, found: Found): Finding {
  const { title, harm, remedy }: Wording = wordingOf(check);
  const names = [...(found.names ?? [])];
  const mend = (found.remedy ?? remedy).replaceAll('<key>', found.path ?? '<key>');
  return {
    checkId: check.replaceAll(/<[a-z]+>/g, () => names.shift() ?? 'unknown'),
    severity,
    title,
    detail: harm === '' ? `${found.what}.` : `${found.what}. ${harm}`,
    ...(mend === '' ? {} : { remediation: mend }),
    ...(found.path === undefined ? {} : { path: found.path }),
  };
}
