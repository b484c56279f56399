/**
 * Counts what bots say to each other, so that policy can stop a loop. In memory: a restart is a
 * pause, and a pause is what a loop needs.
 *
 * @module
 */
import type { Event } from '@portcullis/core';
import type { BotLoopState, CompiledPolicy } from '@portcullis/policy';

import { placeOf } from './policy-input.ts';

/** Most pairs of bots remembered; the one not heard from for longest is forgotten first. */
const REMEMBERED = 10_000;
/** Stands for our own account, whichever it is. */
const OURSELVES = 'self';

/** The loop guard of one gateway. */
export class BotLoops {
  readonly #states = new Map<string, BotLoopState>();

  /** Counts a bot's event and tells whether it is part of a loop. */
  isSuppressed(policy: CompiledPolicy, event: Event, now: number): boolean {
    const { channel, accountId, id: conversation } = event.conversation;
    const from = event.sender.id ?? '';
    const key = JSON.stringify([channel, accountId, conversation, from]);
    const { decision, state } = policy.botLoop(this.#states.get(key) ?? {}, {
      ...placeOf(event),
      conversation,
      from,
      to: OURSELVES,
      now,
      ...(event.eventId === undefined ? {} : { eventId: event.eventId }),
    });
    this.#states.delete(key);
    this.#states.set(key, state);
    if (this.#states.size > REMEMBERED) {
      const [oldest] = this.#states.keys();
      if (oldest !== undefined) this.#states.delete(oldest);
    }
    return decision.effect !== 'allow';
  }
}
