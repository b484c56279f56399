/**
 * What a check of the doctor is, and what it can find.
 *
 * @module
 */
import type { Subject } from './subject.ts';

/** Headings of the report, in order. */
export const GROUPS = [
  'environment',
  'config',
  'security',
  'channels',
  'model',
  'sandbox',
  'store',
  'gateway',
] as const;

/**
 * `pass`: as it should be. `warn`: works, and something should be looked at. `fail`: does not work.
 * `skip`: could not or should not be looked at now.
 */
export type Status = 'pass' | 'warn' | 'fail' | 'skip';

/** A change that mends what was found. None of them widens anything or deletes what was said. */
export type Mend =
  /** Makes a private folder (0700). */
  | { readonly kind: 'mkdir'; readonly path: string }
  /** Takes rights of other users away: what the security audit would do, by the same code. */
  | { readonly kind: 'chmod'; readonly path: string; readonly mode: number }
  /** Takes away a note that a process left behind that is gone, unless it was written anew `since`. */
  | { readonly kind: 'remove'; readonly path: string; readonly since: number };

/** What one look found. */
export interface Found {
  readonly status: Status;
  /** One sentence. Holds no secret. */
  readonly says: string;
  /** What to do: a command where there is one. Always there for `warn` and `fail`. */
  readonly remedy?: string;
  /** The file or config key it is about. */
  readonly path?: string;
  /** Further lines, such as the keys that are meant. */
  readonly more?: readonly string[];
  readonly mend?: Mend;
}

/** One check. */
export interface Check {
  /** Stable: `config.valid`. */
  readonly id: string;
  readonly group: (typeof GROUPS)[number];
  /** What it looks at, for the documentation. */
  readonly about: string;
  /** Looks. An empty answer means that there was nothing to look at. */
  readonly look: (subject: Subject) => Promise<readonly Found[]> | readonly Found[];
}

/** As it should be. */
export function pass(says: string, rest: Pick<Found, 'path' | 'more'> = {}): Found {
  return { status: 'pass', says, ...rest };
}

/** Not looked at. */
export function skip(says: string): Found {
  return { status: 'skip', says };
}

/** Works, and should be looked at. */
export function warn(
  says: string,
  remedy: string,
  rest: Pick<Found, 'path' | 'more' | 'mend'> = {},
): Found {
  return { status: 'warn', says, remedy, ...rest };
}

/** Does not work. */
export function fail(
  says: string,
  remedy: string,
  rest: Pick<Found, 'path' | 'more' | 'mend'> = {},
): Found {
  return { status: 'fail', says, remedy, ...rest };
}
