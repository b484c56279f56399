/**
 * Makes what the checks propose. Promises: nothing is made that was not shown; nothing is widened,
 * and nothing is taken away but notes of processes that are gone, looked at once more.
 *
 * @module
 */
import { lstatSync, mkdirSync, rmSync } from 'node:fs';

import { PortcullisError } from '@portcullis/core';
import { planFix } from '@portcullis/gateway/posture';
import type { MethodResult } from '@portcullis/protocol';
import { lockHolder } from '@portcullis/store-sqlite';

import type { Mend } from './check.ts';
import type { Report } from './examine.ts';
import type { Subject } from './subject.ts';

type ModeMend = Extract<Mend, { readonly kind: 'chmod' }>;

/** What became of a mend. */
export interface Mended {
  readonly kind: Mend['kind'];
  readonly path: string;
  readonly ok: boolean;
  /** Why not. */
  readonly error?: string;
}

/** What became of all of them. */
export interface Mending {
  readonly made: readonly Mended[];
  /** Takes the changes of modes back: `openclaw security undo <id>`. */
  readonly undo: string | undefined;
}

/** What the checks of a report propose, and what the security audit would close, each path once. */
export function plannedMends(subject: Subject, { results }: Report): readonly Mend[] {
  const mends = [...results.flatMap(({ mend }) => mend ?? []), ...plannedModes(subject)];
  return mends.filter(({ path }, at) => mends.findIndex((each) => each.path === path) === at);
}

function plannedModes({ config, unreadable, context }: Subject): readonly Mend[] {
  // Which files are meant is in the config.
  if (unreadable !== undefined || config.issues.length > 0) return [];
  return planFix(config, context.paths)
    .modes.filter(({ skipped }) => skipped === undefined)
    .map(({ path, mode }) => ({ kind: 'chmod', path, mode }));
}

/** A mend in words. */
export function describeMend(mend: Mend): string {
  switch (mend.kind) {
    case 'mkdir':
      return `make the folder ${mend.path} (0700)`;
    case 'chmod':
      return `chmod ${mend.mode.toString(8).padStart(3, '0')} ${mend.path}`;
    case 'remove':
      return `remove ${mend.path}`;
  }
}

/** Makes them. What fails keeps nothing else from being made. */
export async function makeMends(subject: Subject, mends: readonly Mend[]): Promise<Mending> {
  const modes = mends.filter((mend) => mend.kind === 'chmod');
  const others = mends.filter((mend) => mend.kind !== 'chmod');
  const made = others.map((mend) => makeSafely(subject, mend));
  if (modes.length === 0) return { made, undo: undefined };
  const closed = await closeModes(subject, modes);
  return { made: [...made, ...closed.made], undo: closed.undo };
}

type OtherMend = Exclude<Mend, ModeMend>;

function makeSafely(subject: Subject, mend: OtherMend): Mended {
  const { kind, path } = mend;
  try {
    const error = makeOne(subject, mend);
    return error === undefined ? { kind, path, ok: true } : { kind, path, ok: false, error };
  } catch (error) {
    const what = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    return { kind, path, ok: false, error: `The system refused (${what}).` };
  }
}

/** Makes one; answers why it was left. */
function makeOne({ context }: Subject, mend: OtherMend): string | undefined {
  const { path } = mend;
  if (mend.kind === 'mkdir') {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    return undefined;
  }
  if (lockHolder(context.paths.stateDbDir) !== undefined) {
    return 'Somebody opened the state meanwhile.';
  }
  const stat = lstatSync(path);
  if (!stat.isFile()) return 'It is no file.';
  if (stat.mtimeMs !== mend.since) return 'Somebody wrote it anew meanwhile.';
  rmSync(path);
  return undefined;
}

/** Has whoever answers for the gateway close them, who keeps the way back. */
async function closeModes(
  { context, openOperator }: Subject,
  mends: readonly ModeMend[],
): Promise<Mending> {
  try {
    const operator = await openOperator(context);
    try {
      const modes = mends.map(({ path, mode }) => ({ path, mode }));
      const asked = { changes: [], modes };
      const done = await operator.call<MethodResult<'security.fix'>>('security.fix', asked);
      const closed = new Set(done.actions.filter(({ ok }) => ok).map(({ path }) => path));
      return {
        made: mends.map(({ kind, path }) =>
          closed.has(path)
            ? { kind, path, ok: true }
            : { kind, path, ok: false, error: done.errors.join(' ') },
        ),
        undo: done.id,
      };
    } finally {
      await operator.close();
    }
  } catch (error) {
    if (!PortcullisError.is(error)) throw error;
    const made = mends.map(({ kind, path }) => ({ kind, path, ok: false, error: error.message }));
    return { made, undo: undefined };
  }
}
