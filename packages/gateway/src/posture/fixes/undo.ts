/**
 * What undoing a fix would do. Promises: nothing that was changed since is put back, and then nothing
 * at all.
 *
 * @module
 */
import { type Json, PortcullisError } from '@portcullis/core';

import {
  type ConfigEdit,
  type ConfigValue,
  type LoadedConfig,
  getPath,
} from '../../config/index.ts';
import { sameValue } from '../../config/document/config-value.ts';
import { type IsOurs, lookAt, octal } from './modes.ts';
import type { FixEntry, KeyChange, ModeChange } from '../../services/posture.ts';

/** What is to be put back. */
export interface WayBack {
  readonly keys: readonly KeyChange[];
  readonly modes: readonly ModeChange[];
  readonly gone: readonly string[];
}

function isSame(one: unknown, other: Json | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return sameValue(one as ConfigValue, other as ConfigValue);
}

/** Edits that make changes of keys. */
export function editsOf(keys: readonly KeyChange[]): readonly ConfigEdit[] {
  return keys.map(({ path, to }) =>
    to === undefined ? { path } : { path, value: to as ConfigValue },
  );
}

/**
 * Works out how to put back what a fix changed. Throws `security.changed_since` naming all that is
 * neither as before the fix nor as after it.
 */
export function wayBack(
  { id, keys, modes }: FixEntry,
  found: LoadedConfig,
  ours?: IsOurs,
): WayBack {
  const back: KeyChange[] = [];
  const restored: ModeChange[] = [];
  const gone: string[] = [];
  const changed: string[] = [];
  for (const { path, from, to } of keys) {
    const now = getPath(found.parsed, path);
    if (isSame(now, from)) continue;
    if (!isSame(now, to)) changed.push(path);
    else {
      const was = from === undefined ? {} : { to: from };
      back.push({ path, ...(to === undefined ? {} : { from: to }), ...was });
    }
  }
  for (const each of modes) {
    const { mode, skipped } = lookAt(each, ours);
    if (skipped === 'missing') gone.push(each.path);
    else if (skipped !== undefined) changed.push(`${each.path} (${skipped})`);
    else if (mode === each.to) restored.push({ ...each, from: each.to, to: each.from });
    else if (mode !== each.from) changed.push(`${each.path} (mode ${octal(mode)})`);
  }
  if (changed.length > 0) throw changedSince(id, changed);
  return { keys: back, modes: restored, gone };
}

const NAMED = 5;

function changedSince(id: string, changed: readonly string[]): PortcullisError {
  const more = changed.length > NAMED ? ` and ${String(changed.length - NAMED)} more` : '';
  return new PortcullisError(
    'security.changed_since',
    `Something was changed since fix ${id}: ${changed.slice(0, NAMED).join(', ')}${more}.`,
    {
      hint: 'Nothing was put back. "openclaw security undo --list" shows what the fix changed; put back by hand what is still wanted.',
      details: { changed },
    },
  );
}
