/**
 * Keeps the state a channel reports.
 *
 * @module
 */
import type { ChannelStatus } from '@portcullis/core';

/** What happened to the connection, as the parts of the channel saw it. */
export class Health {
  #state: ChannelStatus['state'] = 'starting';
  #identity: string | undefined;
  #lastContactAt: number | undefined;
  #lastError: string | undefined;
  #restarts = 0;

  /** Our account became known. */
  known(username: string): void {
    this.#identity = `@${username}`;
  }

  /** The network answered. */
  contact(): void {
    if (this.#state === 'reconnecting') this.#restarts += 1;
    this.#state = 'connected';
    this.#lastContactAt = Date.now();
  }

  /** The connection was lost and is being mended. `why`: one sentence without secrets. */
  lost(why: string): void {
    this.#state = 'reconnecting';
    this.#lastError = why;
  }

  /** Something else went wrong; the connection stands. */
  fault(why: string): void {
    this.#lastError = why;
  }

  /** The channel ended. */
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
