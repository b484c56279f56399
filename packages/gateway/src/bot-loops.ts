/**
 * Counts what bots say to each other, so that policy can stop a loop. In memory: a restart is a
 * pause, and a pause is what a loop needs.
 *
 * @module
 */
import type { Event } from '@portcullis/core';
import type { BotLoopState, CompiledPolicy } from '@portcullis/policy';

/** Most pairs of bots remembered; the oldest is forgotten first. */
const REMEMBERED = 10_000;

/** The loop guard of one gateway. */
export class BotLoops {
  readonly #states = new Map<string, BotLoopState>();

  /** Counts a bot's event and tells whether it is part of a loop. */
  isSuppressed(policy: CompiledPolicy, event: Event, now: number): boolean {
    const { key, next, suppressed } = policy.botLoop(event, now, (key) => this.#states.get(key));
    this.#states.delete(key);
    this.#states.set(key, next);
    if (this.#states.size > REMEMBERED) {
      const [oldest] = this.#states.keys();
      if (oldest !== undefined) this.#states.delete(oldest);
    }
    return suppressed;
  }
}
