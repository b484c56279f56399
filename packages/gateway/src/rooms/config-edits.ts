/**
 * Edits of the config file, from the file to what is in force.
 *
 * @module
 */
import type { ConfigChanges } from '../changes/changes.ts';
import { Fingerprint } from '../changes/fingerprint.ts';
import { findDocument } from '../changes/found.ts';
import { type Environment, type LoadedConfig, editConfig, getPath } from '../config/index.ts';
import { sameValue } from '../config/document/config-value.ts';
import type { Kernel } from '../kernel.ts';
import { startIssues } from '../local/startable.ts';
import { FileEdits } from '../reload/file-edits.ts';
import { FileWatch } from '../reload/file-watch.ts';
import type { Reloader } from '../reload/reloader.ts';
import type { Caller } from '../services/caller.ts';
import type { ConfigEntry } from '../services/config.ts';
import type { ConfigEditService } from '../services/config-edits.ts';

/** What edits are taken up with. */
export interface ConfigEditOptions {
  readonly reloader: Reloader;
  readonly changes: ConfigChanges;
  readonly chainKey: Uint8Array;
  /** The variables a changed config is read with. */
  readonly env: Environment;
  /** Told when there is something new to say of the config. */
  readonly changed: () => void;
}

const OWNERS = 'commands.ownerAllowFrom';

/** The edits of the config file of one gateway. */
export class ConfigEdits implements ConfigEditService {
  readonly #kernel: Kernel;
  readonly #options: ConfigEditOptions;
  readonly #edits: FileEdits;
  #watch: FileWatch | undefined;

  constructor(kernel: Kernel, options: ConfigEditOptions) {
    const { reloader, changes, env, changed } = options;
    const prints = new Fingerprint(options.chainKey);
    this.#kernel = kernel;
    this.#options = options;
    this.#edits = new FileEdits({
      load: () => {
        const found = findDocument({ env, paths: kernel.paths });
        if (found.issues.length > 0) return found;
        return { ...found, issues: startIssues(reloader.asked(), found) };
      },
      current: () => kernel.config(),
      reloader,
      record: changes,
      print: (text) => prints.of(text),
      log: kernel.log,
      now: () => kernel.now(),
      changed,
    });
  }

  /**
   * Begins to follow the file. A start accepts what the file says: resolves with the edit that came
   * to count by it and opens something, if there is one.
   */
  async start(): Promise<ConfigEntry | undefined> {
    const entry = await this.#options.changes.start();
    this.#watch = new FileWatch({
      files: () => this.#edits.files(),
      changed: () => this.#edits.look(),
    });
    // What was written while the gateway was being made is no part of what it was made of.
    await this.#edits.look();
    if (entry === undefined || entry.opens.length === 0) return undefined;
    const opens = entry.opens.map(({ key, what }) => `${key}: ${what}`);
    this.#kernel.log.warn(
      { opens },
      'config: the file was edited meanwhile; this start accepts it',
    );
    return entry;
  }

  async stop(): Promise<void> {
    await this.#watch?.close();
  }

  report(): ReturnType<ConfigEditService['report']> {
    return this.#edits.report();
  }

  accept(caller: Caller, hash: string): ReturnType<ConfigEditService['accept']> {
    return this.#edits.accept(caller, hash);
  }

  async reloadSecrets(): ReturnType<ConfigEditService['reloadSecrets']> {
    // The variables beside the file are read with it.
    await this.#edits.look();
    return await this.#options.reloader.refresh();
  }

  reject(caller: Caller, hash: string): Promise<void> {
    return this.#edits.reject(caller, hash, async () => {
      const { changes, reloader } = this.#options;
      const raw = textInForce(reloader.asked(), this.#kernel.config());
      const why = 'the edit of the file was rejected';
      await changes.commit(
        caller,
        { kind: 'document', raw },
        { baseHash: changes.state().hash, why },
      );
    });
  }
}

/** The document in force; an owner who was approved while an edit waited stays one. */
function textInForce({ raw, value }: LoadedConfig, inForce: LoadedConfig): string {
  const owners = getPath(inForce.value, OWNERS);
  const isSame = sameValue(getPath(value, OWNERS), owners);
  return isSame ? raw : editConfig(raw, [{ path: OWNERS, value: owners }]);
}
