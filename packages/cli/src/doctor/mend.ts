/**
 * Makes what the checks propose. Promises: nothing is made that was not shown; nothing is widened,
 * and nothing is taken away but notes of processes that are gone, looked at once more.
 *
 * @module
 */
import { lstatSync, mkdirSync, rmSync } from 'node:fs';

import { lockHolder } from '@portcullis/store-sqlite';

import type { Mend } from './check.ts';
import type { Report } from './examine.ts';
import type { Subject } from './subject.ts';

/** What became of a mend. */
export interface Mended {
  readonly kind: Mend['kind'];
  readonly path: string;
  readonly ok: boolean;
  /** Why not. */
  readonly error?: string;
}

/** What the checks of a report propose, each path once. */
export function plannedMends({ results }: Report): readonly Mend[] {
  const mends = results.flatMap(({ mend }) => mend ?? []);
  return mends.filter(({ path }, at) => mends.findIndex((each) => each.path === path) === at);
}

/** A mend in words. */
export function describeMend({ kind, path }: Mend): string {
  return kind === 'mkdir' ? `make the folder ${path} (0700)` : `remove ${path}`;
}

/** Makes them, one after another. What fails keeps nothing else from being made. */
export function makeMends(subject: Subject, mends: readonly Mend[]): readonly Mended[] {
  return mends.map((mend) => {
    const { kind, path } = mend;
    try {
      const error = makeOne(subject, mend);
      return error === undefined ? { kind, path, ok: true } : { kind, path, ok: false, error };
    } catch (error) {
      const what = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
      return { kind, path, ok: false, error: `The system refused (${what}).` };
    }
  });
}

/** Makes one; answers why it was left. */
function makeOne({ context }: Subject, { kind, path }: Mend): string | undefined {
  if (kind === 'mkdir') {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    return undefined;
  }
  if (lockHolder(context.paths.stateDbDir) !== undefined) {
    return 'Somebody opened the state meanwhile.';
  }
  if (!lstatSync(path).isFile()) return 'It is no file.';
  rmSync(path);
  return undefined;
}
