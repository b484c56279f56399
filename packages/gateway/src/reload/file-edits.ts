/**
 * Takes up edits of the config file that somebody made with an editor.
 *
 * Promises: what is no valid config never counts, the last good one does; what opens anything counts
 * only when an operator has said yes to exactly that edit; everything else counts at once and is on
 * record.
 *
 * @module
 */
import { dirname, join } from 'node:path';

import { type Logger, PortcullisError } from '@portcullis/core';
import type { Exposure, ExposureDiff } from '@portcullis/policy/explain';

import { type ConfigIssue, type LoadedConfig, hashConfig } from '../config/index.ts';
import { sameValue } from '../config/document/config-value.ts';
import type { Caller } from '../services/caller.ts';
import type { ConfigReport, FileEdit, ReloadOutcome } from '../services/config-edits.ts';
import { type Reloader, reloadMode } from './reloader.ts';

/** Puts edits on record and says what they open. */
export interface EditRecord {
  /** What an edit opens and closes, against what is in force. */
  compare(found: LoadedConfig): Pick<ExposureDiff, 'opens' | 'closes'>;
  /** An edit that is on record already is not recorded twice. */
  recordEdit(found: LoadedConfig, state: 'waiting' | 'applied'): Promise<unknown>;
  /** Says yes to an edit that waits. */
  acceptEdit(found: LoadedConfig, by: Caller): Promise<unknown>;
  /** An edit that was said yes to counts no earlier than at the next start. */
  deferEdit(found: LoadedConfig, by: Pick<Caller, 'id'>, cause: string): Promise<unknown>;
  /** No edit waits any more. */
  dropEdits(by: Pick<Caller, 'id'>): Promise<unknown>;
}

/** What edits are taken up with. */
export interface FileEditOptions {
  /** Reads the file, valid or not. Throws `config.unreadable`. */
  readonly load: () => LoadedConfig;
  readonly current: () => LoadedConfig;
  readonly reloader: Reloader;
  readonly record: EditRecord;
  /** A fingerprint that tells nobody what is in a text. */
  readonly print: (text: string) => string;
  readonly log: Logger;
  readonly now: () => number;
  /** Told when the report changes. */
  readonly changed: () => void;
}

interface Waiting {
  readonly found: LoadedConfig;
  readonly edit: Extract<FileEdit, { state: 'waiting' }>;
}

/** The edits of one config file. */
export class FileEdits {
  readonly #options: FileEditOptions;
  #waiting: Waiting | undefined;
  #invalid: Extract<FileEdit, { state: 'invalid' }> | undefined;
  /** What was told of the file last, so that nothing is told twice. */
  #told = '';
  /** Files that the last edit included. */
  #included: readonly string[] = [];
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: FileEditOptions) {
    this.#options = options;
  }

  /** What makes the config: its file, those it includes, and the variables beside it. */
  files(): readonly string[] {
    const { path, includes } = this.#options.reloader.asked();
    return [...new Set([path, join(dirname(path), '.env'), ...includes, ...this.#included])];
  }

  report(): ConfigReport {
    const { reloader, current } = this.#options;
    const edit = this.#invalid ?? this.#waiting?.edit;
    return {
      ...reloader.state(),
      mode: reloadMode(current()),
      ...(edit === undefined ? {} : { edit }),
    };
  }

  /** Looks at the file and does with it what is to be done. Never rejects. */
  async look(): Promise<void> {
    try {
      await this.#inTurn(() => this.#look());
    } catch (error) {
      this.#options.log.error({ err: error }, 'config: an edit of the file could not be taken up');
    }
  }

  /**
   * Puts the waiting edit in force.
   *
   * Throws `config.no_edit` when none waits, `config.edit_changed` when it is not the one that was
   * shown, and what {@link Reloader.apply} throws.
   */
  accept(by: Caller, hash: string): Promise<ReloadOutcome> {
    return this.#inTurn(async () => {
      const { found, edit } = await this.#shown(hash);
      const { record, log } = this.#options;
      await record.acceptEdit(found, by);
      this.#waiting = undefined;
      log.warn({ by: by.id, opens: keysOf(edit.opens) }, 'config: an edit that opens was accepted');
      try {
        return await this.#apply(found, by);
      } finally {
        this.#options.changed();
      }
    });
  }

  /**
   * The waiting edit is not to count: `restore` puts the file back. Throws as {@link accept}, and
   * `config.edit_included` when the edit is in an included file, which is not written here.
   */
  reject(by: Caller, hash: string, restore: () => Promise<void>): Promise<void> {
    return this.#inTurn(async () => {
      const { found } = await this.#shown(hash);
      if (found.raw === this.#options.current().raw) throw included(found);
      await restore();
      await this.#drop(by);
      await this.#look();
    });
  }

  async #look(): Promise<void> {
    const { load, reloader, current, record } = this.#options;
    const found = load();
    this.#included = found.includes;
    const isGone = !found.exists && reloader.asked().exists;
    if (found.issues.length > 0 || isGone) {
      this.#refuse(found, isGone ? [{ path: '', message: 'The file is gone.' }] : found.issues);
      return;
    }
    this.#invalid = undefined;
    if (isSame(found, reloader.asked())) {
      await this.#undone();
      return;
    }
    if (this.#waiting !== undefined && isSame(found, this.#waiting.found)) return;
    if (reloadMode(current()) === 'off') {
      await record.recordEdit(found, 'waiting');
      await reloader.apply(found);
      this.#options.changed();
      return;
    }
    await this.#take(found);
  }

  async #take(found: LoadedConfig): Promise<void> {
    const { record, reloader, log, now, changed } = this.#options;
    const { opens, closes } = record.compare(found);
    const state = opens.length > 0 ? 'waiting' : 'applied';
    await this.#drop(FILE);
    await record.recordEdit(found, state);
    // The gateway may have made the change itself, and put it in force meanwhile.
    if (isSame(found, reloader.asked())) return;
    if (state === 'applied') {
      await this.#apply(found, FILE);
      return;
    }
    const edit = { state, since: now(), hash: this.#hashOf(found), opens, closes } as const;
    this.#waiting = { found, edit };
    log.warn(
      { opens: opens.map(({ key, what }) => `${key}: ${what}`) },
      'config: an edit of the file opens something and waits; openclaw config accept',
    );
    changed();
  }

  async #apply(found: LoadedConfig, by: Pick<Caller, 'id'>): Promise<ReloadOutcome> {
    const { reloader, record } = this.#options;
    try {
      return await reloader.apply(found);
    } catch (error) {
      // Its entry says that it counts, and until the next start it does not.
      await record.deferEdit(found, by, PortcullisError.is(error) ? error.code : 'unknown');
      throw error;
    }
  }

  /** What waited does not any more. */
  async #drop(by: Pick<Caller, 'id'>): Promise<void> {
    const isWaiting = this.#waiting !== undefined;
    this.#waiting = undefined;
    if (isWaiting) await this.#options.record.dropEdits(by);
  }

  /** No config: what was in force stays. */
  #refuse({ raw }: LoadedConfig, issues: readonly ConfigIssue[]): void {
    const { log, now, changed } = this.#options;
    const told = JSON.stringify([raw, issues]);
    if (this.#invalid !== undefined && this.#told === told) return;
    this.#told = told;
    this.#invalid = { state: 'invalid', since: now(), issues: issues.slice(0, MOST_ISSUES) };
    const shown = this.#invalid.issues.map(({ path, message }) => `${path}: ${message}`);
    log.error({ issues: shown }, 'config: the file is not valid; the last good config stays');
    changed();
  }

  /** The file says again what counts. */
  async #undone(): Promise<void> {
    const { log, changed } = this.#options;
    const isTold = this.#waiting !== undefined || this.#told !== '';
    await this.#drop(FILE);
    if (isTold) log.info({}, 'config: no edit of the file waits any more');
    this.#told = '';
    changed();
  }

  /** The edit that waits, as it is in the file this moment. */
  async #shown(hash: string): Promise<Waiting> {
    await this.#look();
    const waiting = this.#waiting;
    if (waiting === undefined || this.#invalid !== undefined) throw noEdit();
    if (waiting.edit.hash !== hash) throw editChanged();
    return waiting;
  }

  #hashOf({ raw, value }: LoadedConfig): string {
    return this.#options.print(JSON.stringify([hashConfig(raw), value]));
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }
}

const FILE = { id: 'file' };
const MOST_ISSUES = 50;

/** Whether two readings of the file are of one config, included files and variables too. */
function isSame(one: LoadedConfig, other: LoadedConfig): boolean {
  return one.raw === other.raw && sameValue(one.value, other.value);
}

function keysOf(exposures: readonly Exposure[]): readonly string[] {
  return exposures.map(({ key }) => key);
}

function noEdit(): PortcullisError {
  return new PortcullisError('config.no_edit', 'No edit of the config file waits.', {
    hint: 'openclaw status shows what is in force.',
  });
}

function editChanged(): PortcullisError {
  return new PortcullisError('config.edit_changed', 'The file is not what was shown any more.', {
    hint: 'Look at it again: openclaw config accept.',
  });
}

function included({ includes }: LoadedConfig): PortcullisError {
  return new PortcullisError('config.edit_included', 'The edit is in an included file.', {
    hint: `Undo it there: ${includes.slice(0, 3).join(', ')}`,
  });
}
