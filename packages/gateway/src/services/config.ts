/**
 * Changes of the config, as the control plane asks for them: each one validated, its exposure told
 * before it counts, on record before it is written.
 *
 * @module
 */
import type { ExposureDiff } from '@portcullis/policy/explain';

import type { ConfigEdit, ConfigObject, ConfigWarning, LoadedConfig } from '../config/index.ts';
import type { Caller } from './caller.ts';
import type { ReloadOutcome } from './config-edits.ts';

/** A change, before anybody knows what it makes of the config. */
export type ConfigChange =
  /** A whole document; markers of hidden secrets in it keep the present secrets. */
  | { readonly kind: 'document'; readonly raw: string }
  /** A JSON merge patch; a list that loses entries must be named in `replacePaths`. */
  | { readonly kind: 'patch'; readonly raw: string; readonly replacePaths?: readonly string[] }
  /** Single keys. */
  | { readonly kind: 'edits'; readonly edits: readonly ConfigEdit[] }
  /** The document of an earlier entry of the history, with the secrets of today. */
  | { readonly kind: 'rollback'; readonly to: string };

/** How a change is asked for. */
export interface ChangeOptions {
  /** Hash of the document the change was made from. Without it, whatever is there is changed. */
  readonly baseHash?: string;
  /** Why, in the words of whoever asks: at most 500 characters are kept. */
  readonly why?: string;
}

/** What a change would do. */
export interface ConfigProposal extends ExposureDiff {
  /** Stands for exactly this change of exactly this config: whoever sends it back has seen it. */
  readonly confirm: string;
  /** False when the document stays as it is. */
  readonly changes: boolean;
  readonly baseHash: string;
  /** Hash of the document afterwards. */
  readonly hash: string;
  /** Secrets that the document of a rollback had and that are not there any more. */
  readonly lost: readonly string[];
  readonly warnings: readonly ConfigWarning[];
  /** The document as it would be, without its secrets. */
  readonly text: string;
  /** What it says, with includes, without its secrets. */
  readonly config: ConfigObject;
}

/** What became of putting a config in force: see `ReloadOutcome`. */
export type ApplyReport = ReloadOutcome;

/** A change that was made. */
export interface ConfigCommit extends ConfigProposal, ApplyReport {
  /** Its entry of the history; absent when nothing changed. */
  readonly entry?: string;
}

/**
 * What became of an entry: `waiting`: in the file, and not in force until it is accepted or, with a
 * cause, until the next start.
 */
export type ConfigEntryState = 'writing' | 'applied' | 'waiting' | 'failed' | 'dropped';

/** An entry of the history. */
export interface ConfigEntry {
  /** A number, as text; later entries have higher ones. */
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly state: ConfigEntryState;
  /** Principal id; `file` for an edit that did not come through the gateway. */
  readonly who: string;
  readonly how: 'set' | 'patch' | 'edit' | 'rollback' | 'file';
  readonly why?: string;
  /** Hashes of the documents before and after. */
  readonly before: string;
  readonly after: string;
  readonly changed: readonly string[];
  readonly opens: ExposureDiff['opens'];
  readonly closes: ExposureDiff['closes'];
  /** The entry whose document a rollback went back to. */
  readonly restored?: string;
  /** Code of what went wrong, for `failed`. */
  readonly cause?: string;
  /** When and by whom a waiting entry was settled. */
  readonly settledAt?: number;
  readonly settledBy?: string;
}

/** An entry with its documents, without secrets; a document is absent where it is no longer kept. */
export interface ConfigEntryDetail extends ConfigEntry {
  readonly beforeText?: string;
  readonly afterText?: string;
}

/** The file and what is in force. */
export interface ConfigState {
  /** As it is in the file now, valid or not; one issue at no path when it is no config at all. */
  readonly file: LoadedConfig;
  /** What the gateway goes by. */
  readonly inForce: LoadedConfig;
  /** Hash of the file: what a change is made from. */
  readonly hash: string;
  /** Hash of what was last said yes to; another one while an edit of the file waits. */
  readonly appliedHash: string;
}

/** The only way a config changes, beside somebody editing its file. */
export interface ConfigControl {
  /** Hash of the document that was last said yes to. */
  acceptedHash(): string;
  /** Reads the file. Throws `config.unreadable`. */
  state(): ConfigState;
  /**
   * Works a change out, and changes nothing.
   *
   * Throws `config.stale`, `config.invalid`, `config.local_only`, and what making the document
   * throws: `config.syntax`, `config.path`, `config.redacted`, `config.patch_list`,
   * `config.entry_not_found`, `config.entry_empty`; `gateway.start_refused` when a gateway would not
   * start with it.
   */
  propose(caller: Caller, change: ConfigChange, options?: ChangeOptions): Promise<ConfigProposal>;
  /**
   * Makes a change: on record first, then in the file, then in force. `confirm` is that of the
   * proposal; it is needed when the change opens anything.
   *
   * Throws what {@link propose} throws, `config.unconfirmed`, `config.conflict`, `config.unwritable`.
   */
  commit(
    caller: Caller,
    change: ConfigChange,
    options?: ChangeOptions & { readonly confirm?: string },
  ): Promise<ConfigCommit>;
  /** Entries, newest first. `before` is an id: only older ones. */
  history(range?: {
    readonly limit?: number;
    readonly before?: string;
  }): Promise<readonly ConfigEntry[]>;
  /** One entry with its documents. Throws `config.entry_not_found`. */
  entry(id: string): Promise<ConfigEntryDetail>;
  /**
   * Puts an edit of the file that did not come through here on record: `waiting` until it is
   * accepted, or `applied` at once. An edit that is on record already is not recorded twice.
   */
  recordEdit(found: LoadedConfig, state: 'waiting' | 'applied'): Promise<ConfigEntry>;
  /** Says yes to an edit of the file that waits; to put it in force is the caller's. */
  acceptEdit(found: LoadedConfig, caller: Caller): Promise<ConfigEntry>;
  /** An edit that was said yes to counts no earlier than at the next start, because of `cause`. */
  deferEdit(found: LoadedConfig, by: Pick<Caller, 'id'>, cause: string): Promise<void>;
  /** No edit of the file waits any more: those that did are not to count. */
  dropEdits(by: Pick<Caller, 'id'>): Promise<void>;
  /** What an edit of the file would open and close, against what was last said yes to. */
  compare(found: LoadedConfig): ExposureDiff;
}
