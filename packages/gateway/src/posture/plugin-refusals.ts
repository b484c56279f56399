/**
 * Writes down each plugin that was allowed and not loaded: a line when it is refused, and another one
 * when the reason is another.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';

import { type Kernel, commit } from '../kernel.ts';

/** A plugin the config asks for and that was not loaded. */
export interface RefusedPlugin {
  readonly id: string;
  /** Stable: `plugin.drift`. */
  readonly code: string;
}

/** Keeps the audit log up with refusals. */
export class PluginRefusals {
  readonly #kernel: Kernel;
  readonly #refused: () => readonly RefusedPlugin[];
  #written: ReadonlyMap<string, string> = new Map();

  constructor(kernel: Kernel, refused: () => readonly RefusedPlugin[]) {
    this.#kernel = kernel;
    this.#refused = refused;
  }

  /** Writes what is new. Never rejects: what cannot be written is in the log. */
  async note(): Promise<void> {
    const all = this.#refused();
    const fresh = all.filter(({ id, code }) => this.#written.get(id) !== code);
    this.#written = new Map(all.map(({ id, code }) => [id, code]));
    if (fresh.length === 0) return;
    const { journal, log } = this.#kernel;
    try {
      await commit(this.#kernel, (tx) => {
        for (const { id, code } of fresh) {
          journal.record(tx, {
            kind: 'gateway',
            at: this.#kernel.now(),
            effect: 'deny',
            code,
            plugin: id,
            path: 'plugins.allow',
          });
        }
      });
    } catch (cause) {
      if (!PortcullisError.is(cause)) throw cause;
      log.error({ err: cause }, 'audit log: a refused plugin could not be written');
    }
  }
}
