/**
 * How the config in force stands to its file, and what an operator may do about an edit of it.
 *
 * @module
 */
import type { Exposure } from '@portcullis/policy/explain';

import type { ConfigIssue } from '../config/index.ts';
import type { Caller } from './caller.ts';

/** What came of a change of the config. */
export interface ReloadOutcome {
  /** Keys that count now. */
  readonly applied: readonly string[];
  /** Keys whose old value is in force until the next start. */
  readonly restartNeeded: readonly string[];
  /** What could not be taken up, and why; what it had stays. */
  readonly failed: readonly ReloadFailure[];
}

/** One part that could not be taken up. */
export interface ReloadFailure {
  /** Section or key of the config. */
  readonly path: string;
  readonly code: string;
  readonly message: string;
}

/** An edit of the file that does not count. */
export type FileEdit =
  | {
      readonly state: 'invalid';
      /** When it was found, milliseconds since 1970. */
      readonly since: number;
      readonly issues: readonly ConfigIssue[];
    }
  | {
      readonly state: 'waiting';
      readonly since: number;
      /** Names exactly this edit: whoever sends it back has seen it. */
      readonly hash: string;
      readonly opens: readonly Exposure[];
      readonly closes: readonly Exposure[];
    };

/** How the config in force stands to what was asked for. */
export interface ConfigReport {
  readonly mode: 'hybrid' | 'off';
  /** When a config was last put in force, milliseconds since 1970. The start counts. */
  readonly at: number;
  readonly restartNeeded: readonly string[];
  readonly failed: readonly ReloadFailure[];
  readonly edit?: FileEdit;
}

/** Edits of the config file. */
export interface ConfigEditService {
  report(): ConfigReport;
  /**
   * Puts the waiting edit in force.
   *
   * Throws `config.no_edit` when none waits, `config.edit_changed` when it is not the one that was
   * shown, and what putting a config in force throws.
   */
  accept(caller: Caller, hash: string): Promise<ReloadOutcome>;
  /**
   * Puts the file back to what is in force. Throws as `accept`, and `config.edit_included` when the
   * edit is in an included file, which is not written here.
   */
  reject(caller: Caller, hash: string): Promise<void>;
  /** Looks every secret up anew and puts what changed in force. */
  reloadSecrets(): Promise<ReloadOutcome>;
}
