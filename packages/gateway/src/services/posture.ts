/**
 * What is wrong with this setup, as the gateway knows it by itself; and fixes of what an audit found,
 * as the control plane asks for them: each one on record before it is made, and each one with a way
 * back.
 *
 * @module
 */
import type { Json } from '@portcullis/core';
import type { ExposureDiff } from '@portcullis/policy/explain';

import type { Caller } from './caller.ts';

/** Something critical that an audit found. */
export interface CriticalFinding {
  readonly checkId: string;
  readonly title: string;
  /** The key or the file. */
  readonly path?: string;
}

/** What the last audit of the gateway found. */
export interface PostureReport {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly critical: readonly CriticalFinding[];
}

/** What the gateway knows of itself. */
export interface PostureService {
  /** Undefined before the first audit. */
  report(): PostureReport | undefined;
}

/** Why a path is left as it is. */
export type Skipped =
  | 'already'
  | 'missing'
  | 'symlink'
  | 'not-a-file'
  | 'not-a-directory'
  | 'not-ours'
  | 'unreadable';

/** `interrupted`: the process ended while it was made. */
export type FixState = 'making' | 'made' | 'failed' | 'interrupted' | 'undone';

/** A key of the config that was set. */
export interface KeyChange {
  /** `channels.telegram.groupPolicy`. */
  readonly path: string;
  /** As written in the file before; absent where nothing was. */
  readonly from?: Json;
  /** Absent where it was removed. */
  readonly to?: Json;
}

/** A mode that was changed. */
export interface ModeChange {
  readonly path: string;
  readonly kind: 'file' | 'directory';
  readonly below?: string;
  readonly from: number;
  readonly to: number;
}

/** A fix or the undoing of one, as it is kept. */
export interface FixEntry {
  /** A number, as text; later ones are higher. */
  readonly id: string;
  readonly kind: 'fix' | 'undo';
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Principal id. */
  readonly who: string;
  readonly state: FixState;
  /** For an undo: the fix. */
  readonly of?: string;
  /** For a fix that was undone: the undo. */
  readonly undoneBy?: string;
  readonly keys: readonly KeyChange[];
  readonly modes: readonly ModeChange[];
  /** The entry of the config's history. */
  readonly entry?: string;
  /** What could not be done, a sentence each. */
  readonly errors: readonly string[];
}

/** What somebody was shown and said yes to: nothing else is done. */
export interface ShownPlan {
  /**
   * Lines of the config's changes: `channels.telegram.groupPolicy=open -> allowlist`. One that names
   * people is here only if somebody said yes to it.
   */
  readonly changes: readonly string[];
  readonly modes: readonly { readonly path: string; readonly mode: number }[];
}

/** What was done to one path. */
export interface ModeOutcome {
  readonly kind: 'chmod';
  readonly path: string;
  /** What it is to be. */
  readonly mode: number;
  readonly ok: boolean;
  readonly skipped?: Skipped;
}

/** What was done. */
export interface FixOutcome {
  /** Its entry; absent where there was nothing to do. */
  readonly id?: string;
  /** The entry of the config's history, where the config was changed. */
  readonly entry?: string;
  readonly configWritten: boolean;
  /** The config's changes that were made, a line each. */
  readonly changes: readonly string[];
  readonly actions: readonly ModeOutcome[];
  /** What could not be done, a sentence each. */
  readonly errors: readonly string[];
}

/** What undoing a fix would do. */
export interface UndoPlan extends Pick<ExposureDiff, 'opens' | 'closes'> {
  readonly id: string;
  readonly keys: readonly KeyChange[];
  readonly modes: readonly ModeChange[];
  /** Paths that are not there any more. */
  readonly gone: readonly string[];
  /** Stands for exactly this: whoever sends it back has seen it. */
  readonly confirm: string;
}

/** Fixes, and the way back. */
export interface FixService {
  /**
   * Makes what of a plan is still to be made, and nothing that was not shown. What fails is named,
   * and keeps nothing else from being made.
   *
   * Throws `config.invalid`, `config.unreadable`.
   */
  fix(caller: Caller, shown: ShownPlan): Promise<FixOutcome>;
  /** Newest first. */
  list(limit?: number): Promise<readonly FixEntry[]>;
  /**
   * What undoing would do; the newest fix, if none is named.
   *
   * Throws `security.fix_not_found`, `security.changed_since`.
   */
  planUndo(caller: Caller, id?: string): Promise<UndoPlan>;
  /**
   * Puts back what a fix changed: all of it must still be as the fix left it.
   *
   * Throws what {@link planUndo} throws, and `security.unconfirmed` when `confirm` is not that of
   * the plan.
   */
  undo(caller: Caller, id: string, confirm: string): Promise<FixOutcome>;
}
