/**
 * Tells whoever listens what happens in the gateway, in order.
 *
 * @module
 */
import type { Logger } from '@portcullis/core';

import type { GatewayNotice } from './services.ts';

/** The listeners of one gateway. */
export class Notices {
  readonly #listeners = new Set<(notice: GatewayNotice) => void>();
  readonly #log: Logger;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Adds a listener. Returns the way to remove it. */
  listen(listener: (notice: GatewayNotice) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** Tells all listeners. One that throws does not keep the others from hearing. */
  readonly tell = (notice: GatewayNotice): void => {
    for (const listener of this.#listeners) {
      try {
        listener(notice);
      } catch (cause) {
        this.#log.error({ err: cause }, 'a listener failed');
      }
    }
  };
}
