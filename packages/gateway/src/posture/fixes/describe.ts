/**
 * Plans and outcomes of fixes, as they are kept and told.
 *
 * @module
 */
import { createHash } from 'node:crypto';

import { type Json, PortcullisError, canonicalJson } from '@portcullis/core';
import type { ConfigFix } from '@portcullis/policy/audit';

import { type LoadedConfig, formatPath, getPath } from '../../config/index.ts';
import { type IsOurs, lookAt } from './modes.ts';
import type { FixPlan, ModeFix } from './plan.ts';
import type { KeyChange, ModeChange, ModeOutcome, UndoPlan } from '../../services/posture.ts';

/** A key to set, with what is written there now. */
export function keyChange({ path, value }: ConfigFix, { parsed }: LoadedConfig): KeyChange {
  const key = formatPath(path);
  const from = getPath(parsed, key);
  const to: Json = typeof value === 'string' ? value : [...value];
  // What is written comes out of a parsed document, so that it is JSON.
  return { path: key, to, ...(from === undefined ? {} : { from: from as Json }) };
}

/** A mode to set; nothing where it is left. */
export function modeChange({
  path,
  kind,
  below,
  from,
  mode,
  skipped,
}: ModeFix): readonly ModeChange[] {
  if (from === undefined || skipped !== undefined) return [];
  return [{ path, kind, from, to: mode, ...(below === undefined ? {} : { below }) }];
}

/** A path that is left as it is. */
export function leftAlone({ path, mode, skipped }: ModeFix): ModeOutcome {
  const why = skipped === undefined ? {} : { skipped };
  return { kind: 'chmod', path, mode, ok: false, ...why };
}

const FAULTS: ReadonlySet<ModeFix['skipped']> = new Set(['not-ours', 'unreadable']);

/** What a plan cannot mend and should have, a sentence each. */
export function faultsOf({ modes }: Pick<FixPlan, 'modes'>): readonly string[] {
  return modes
    .filter(({ skipped }) => FAULTS.has(skipped))
    .map(({ path, skipped }) =>
      skipped === 'not-ours'
        ? `${path} belongs to another user, and is left as it is.`
        : `${path} could not be looked at, and is left as it is.`,
    );
}

/** A key's change in one line. */
export function lineOf({ path, from, to }: KeyChange): string {
  if (to === undefined) return `${path} removed`;
  return `${path}=${from === undefined ? 'unset' : shown(from)} -> ${shown(to)}`;
}

function shown(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** True when the mode is as it was to be although changing it failed: something else made it so. */
export function isDone(change: ModeChange, ours?: IsOurs): boolean {
  const { mode, skipped } = lookAt(change, ours);
  return skipped === undefined && mode === change.to;
}

/** What went wrong, in a sentence. Rethrows what is a mistake in the program. */
export function sentenceOf(error: unknown): string {
  if (!PortcullisError.is(error)) throw error;
  return error.hint === undefined ? error.message : `${error.message} ${error.hint}`;
}

/** Stands for exactly these changes. */
export function digestOf(
  keys: readonly KeyChange[],
  modes: readonly ModeChange[],
  more: readonly Json[] = [],
): string {
  const value: Json = [
    keys.map(({ path, from, to }) => [path, from ?? null, to ?? null]),
    modes.map(({ path, from, to }) => [path, from, to]),
    [...more],
  ];
  return createHash('sha256').update(canonicalJson(value), 'utf8').digest('hex').slice(0, 32);
}

/** The undoing was not confirmed as it is. */
export function unconfirmed({ id, opens, confirm }: UndoPlan): PortcullisError {
  return new PortcullisError('security.unconfirmed', `Undoing fix ${id} was not confirmed.`, {
    hint: 'Look at what it puts back, then repeat it with the confirmation.',
    details: { opens, confirm },
  });
}
