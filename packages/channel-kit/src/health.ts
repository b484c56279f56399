/**
 * Keeps the {@link ChannelStatus} of one channel.
 *
 * @module
 */
import type { ChannelStatus } from '@portcullis/core';

/**
 * What happened to a connection, as the parts of a channel saw it. Hand {@link Health.status} out as
 * `Channel.status`.
 *
 * Sentences given to it are shown to people and written to logs: no secrets, nobody's words.
 */
export class Health {
  #state: ChannelStatus['state'] = 'starting';
  #identity: string | undefined;
  #lastContactAt: number | undefined;
  #lastError: string | undefined;
  #restarts = 0;

  /** Our account became known, as people know it: `@my_bot`. */
  known(identity: string): void {
    this.#identity = identity;
  }

  /** The network answered: connected, and a restart more if the connection had been lost. */
  contact(): void {
    if (this.#state === 'reconnecting') this.#restarts += 1;
    this.#state = 'connected';
    this.#lastContactAt = Date.now();
  }

  /** The connection was lost and is being mended. `why`: one sentence. */
  lost(why: string): void {
    this.#state = 'reconnecting';
    this.#lastError = why;
  }

  /** Something else went wrong; the connection stands. `why`: one sentence. */
  fault(why: string): void {
    this.#lastError = why;
  }

  /** The channel ended: it was told to (`stopped`), or trying again cannot help (`failed`). */
  ended(state: 'stopped' | 'failed', why?: string): void {
    this.#state = state;
    this.#lastError = why ?? this.#lastError;
  }

  /** The state right now. */
  status(): ChannelStatus {
    return {
      state: this.#state,
      restarts: this.#restarts,
      ...(this.#identity === undefined ? {} : { identity: this.#identity }),
      ...(this.#lastContactAt === undefined ? {} : { lastContactAt: this.#lastContactAt }),
      ...(this.#lastError === undefined ? {} : { lastError: this.#lastError }),
    };
  }
}
