/**
 * Puts another config in force while the gateway runs.
 *
 * What is read at each decision counts from the next decision on, all of it at one moment. What a
 * part of the gateway holds on to (an account's connection, the models, the servers of tools) is made
 * ready first; a part that cannot be made ready keeps what it has, and says so. What only a start can
 * change keeps its old value, in policy too, so that nothing is decided by an address that is not
 * listened on.
 *
 * @module
 */
import { type Logger, PortcullisError } from '@portcullis/core';

import {
  type LiveSecrets,
  type LoadedConfig,
  type Secrets,
  formatPath,
  getPath,
  validateConfig,
} from '../config/index.ts';
import type { ConfigReport, ReloadFailure, ReloadOutcome } from '../services/config-edits.ts';
import { type ConfigPath, changedPaths, keeping } from './changes.ts';
import { effectOf } from './effects.ts';

/** A config that is about to be in force. */
export interface Change {
  readonly before: LoadedConfig;
  readonly config: LoadedConfig;
  /** Those of `config`, looked up anew. */
  readonly secrets: Secrets;
}

/** A part of the gateway that holds on to what it made of the config. */
export interface ReloadRoom {
  /** What it reads: `channels`. */
  readonly path: string;
  /**
   * Whether the old section stays in force, for policy too, where the new one cannot be taken up.
   * Default false: only what the part holds stays.
   */
  readonly keepsSection?: boolean;
  /**
   * Makes ready what the change asks for and changes nothing.
   *
   * Throws why it cannot: the part keeps what it has.
   */
  prepare(change: Change): Promise<Prepared>;
}

/** What a part made ready. */
export interface Prepared {
  /** Puts it in force. Must not fail; may go on for a while and say so by its promise. */
  readonly put: () => Promise<void> | void;
  /** Of what it holds, that which stays as it was, and why. */
  readonly failed?: readonly ReloadFailure[];
}

/** How the config in force stands to what was asked for. */
export type ReloadState = Pick<ConfigReport, 'at' | 'restartNeeded' | 'failed'>;

/** Puts configs in force. */
export interface Reloader {
  /**
   * Puts a config in force, one after another. Resolves when everything that could be taken up is.
   *
   * Throws `config.not_in_force` when what a running gateway could take up of it would be no valid
   * config: nothing of it counts then before the next start.
   */
  apply(next: LoadedConfig): Promise<ReloadOutcome>;
  /**
   * Looks every secret up anew and puts what changed in force, with the config there is: whatever
   * `gateway.reload.mode` says, because somebody asked for it.
   */
  refresh(): Promise<ReloadOutcome>;
  state(): ReloadState;
  /** The config that was asked for last, as it was read: that of the start at first. */
  asked(): LoadedConfig;
}

/** What a reloader works on. */
export interface ReloaderOptions {
  readonly current: () => LoadedConfig;
  /** Puts a config and the policy of it in force, at once. */
  readonly use: (config: LoadedConfig) => void;
  readonly secrets: LiveSecrets;
  readonly rooms: readonly ReloadRoom[];
  readonly log: Logger;
  readonly now: () => number;
  /** Told after every change, before parts that take their time are done. */
  readonly changed: () => void;
}

/** The reloader of one gateway. */
export class GatewayReloader implements Reloader {
  readonly #options: ReloaderOptions;
  #state: ReloadState;
  #asked: LoadedConfig;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: ReloaderOptions) {
    this.#options = options;
    this.#state = { at: options.now(), restartNeeded: [], failed: [] };
    this.#asked = options.current();
  }

  state(): ReloadState {
    return this.#state;
  }

  asked(): LoadedConfig {
    return this.#asked;
  }

  async apply(next: LoadedConfig): Promise<ReloadOutcome> {
    return await this.#inTurn(async () => {
      const { current, log } = this.#options;
      this.#asked = next;
      if (reloadMode(current()) === 'hybrid') return await this.#apply(next);
      const restartNeeded = changedPaths(current().value, next.value).map(formatPath);
      this.#state = { ...this.#state, restartNeeded };
      log.warn({ restartNeeded }, 'config: gateway.reload.mode is off; a restart takes it up');
      return { applied: [], restartNeeded, failed: [] };
    });
  }

  /**
   * Puts one key of a config in force and nothing else of it, whatever `gateway.reload.mode` says:
   * for what somebody was promised just now.
   */
  async applyKey(next: LoadedConfig, path: ConfigPath): Promise<ReloadOutcome> {
    return await this.#inTurn(async () => {
      const before = this.#options.current();
      return await this.#apply(keeping(before, next, [path]));
    });
  }

  async refresh(): Promise<ReloadOutcome> {
    return await this.#inTurn(async () => {
      const { restartNeeded } = this.#state;
      const outcome = await this.#apply({ ...this.#options.current() });
      this.#state = { ...this.#state, restartNeeded };
      return { ...outcome, restartNeeded };
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }

  async #apply(next: LoadedConfig): Promise<ReloadOutcome> {
    const { current, use, secrets, log, now, changed } = this.#options;
    const before = current();
    const late = changedPaths(before.value, next.value).filter(
      (path) => effectOf(path) === 'restart',
    );
    const draft = keeping(next, before, late);
    const { config, puts, failed, looked } = await this.#prepare(before, draft);
    const { issues } = validateConfig(config.value);
    if (issues.length > 0) {
      const restartNeeded = changedPaths(before.value, next.value).map(formatPath);
      this.#state = { ...this.#state, restartNeeded, failed };
      changed();
      throw notInForce(restartNeeded, issues[0]?.message ?? '');
    }
    const outcome: ReloadOutcome = {
      applied: changedPaths(before.value, config.value).map(formatPath),
      restartNeeded: late.map(formatPath),
      failed,
    };
    secrets.use(looked);
    use(config);
    const going = puts.map((put) => this.#put(put));
    this.#state = { at: now(), restartNeeded: outcome.restartNeeded, failed };
    log.info({ ...outcome }, 'config: another one is in force');
    changed();
    await Promise.all(going);
    return outcome;
  }

  async #put(put: () => Promise<void> | void): Promise<void> {
    try {
      await put();
    } catch (error) {
      this.#options.log.error({ err: error }, 'config: a section was taken up with a fault');
    }
  }

  /** Every part by itself: what one cannot take up is no reason for the others to wait. */
  async #prepare(before: LoadedConfig, draft: LoadedConfig): Promise<Draft> {
    const { secrets, rooms, log } = this.#options;
    let config = draft;
    let looked = secrets.of(config);
    const failed: ReloadFailure[] = [];
    const puts: Prepared['put'][] = [];
    // Those whose section may fall back first, so that the others are made of what comes of it.
    const ordered = rooms.toSorted(
      (a, b) => Number(b.keepsSection === true) - Number(a.keepsSection === true),
    );
    for (const room of ordered) {
      try {
        const made = await room.prepare({ before, config, secrets: looked });
        puts.push(made.put);
        failed.push(...(made.failed ?? []));
      } catch (error) {
        failed.push(failureOf(room.path, error));
        if (!PortcullisError.is(error)) log.error({ err: error }, 'config: a section failed');
        if (room.keepsSection !== true) continue;
        config = keeping(config, before, [[room.path]]);
        looked = secrets.of(config);
      }
    }
    for (const failure of failed) log.error({ ...failure }, 'config: not taken up; the old stays');
    return { config, puts, failed, looked };
  }
}

interface Draft {
  readonly config: LoadedConfig;
  readonly puts: readonly Prepared['put'][];
  readonly failed: readonly ReloadFailure[];
  readonly looked: Secrets;
}

/** Whether an edited config is taken up while running. */
export function reloadMode({ value }: LoadedConfig): 'hybrid' | 'off' {
  return getPath(value, 'gateway.reload.mode') === 'off' ? 'off' : 'hybrid';
}

/** Why a section could not be taken up. */
export function failureOf(path: string, error: unknown): ReloadFailure {
  return PortcullisError.is(error)
    ? { path, code: error.code, message: error.message }
    : { path, code: 'config.reload_failed', message: 'It failed unexpectedly; see the log.' };
}

function notInForce(restartNeeded: readonly string[], why: string): PortcullisError {
  return new PortcullisError(
    'config.not_in_force',
    `The config waits for a restart of the gateway: without it, ${why}`,
    {
      hint: 'Stop the gateway and start it again. Until then the config before it is in force.',
      details: { restartNeeded },
    },
  );
}
