/**
 * From what was delivered to the inbox: one after another per conversation, each until it is stored.
 *
 * Slack delivers again what is not acknowledged, but three times only. What the inbox refuses is
 * therefore held and offered again here; what comes of it is what every delivery of it gets.
 *
 * @module
 */
import { Backoff, type BackoffLimits, type Health, pause } from '@portcullis/channel-kit';
import { type Logger, PortcullisError } from '@portcullis/core';

/** What the intake needs. */
export interface IntakeParts {
  readonly health: Health;
  readonly log: Logger;
  readonly backoff: BackoffLimits;
  /** Aborts when the channel stops: what is held by then is left to Slack. */
  readonly signal: AbortSignal;
}

/** How many events are held at most. Beyond that Slack is left to deliver them again. */
const MOST_HELD = 2000;

/** The way in of one account. */
export class Intake {
  readonly #parts: IntakeParts;
  /** By event: what is on its way. */
  readonly #held: Map<string, Promise<void>> = new Map();
  /** By conversation: its last event. */
  readonly #lanes: Map<string, Promise<unknown>> = new Map();

  constructor(parts: IntakeParts) {
    this.#parts = parts;
  }

  /**
   * Runs `store` after everything of the same `lane` before it, and again until it resolves.
   * Resolves then; rejects when it was given up. What is already on its way is not started twice.
   *
   * @param id Tells deliveries of one event from other events; undefined: it is like no other.
   */
  async take(lane: string, id: string | undefined, store: () => Promise<void>): Promise<void> {
    const held = id === undefined ? undefined : this.#held.get(id);
    if (held !== undefined) return await held;
    if (this.#held.size >= MOST_HELD) throw this.#givenUp();
    const before = this.#lanes.get(lane) ?? Promise.resolve();
    const work = before.then(() => this.#insist(store));
    const settled = work.catch(() => undefined);
    this.#lanes.set(lane, settled);
    if (id !== undefined) this.#held.set(id, work);
    try {
      await work;
    } finally {
      if (id !== undefined) this.#held.delete(id);
      if (this.#lanes.get(lane) === settled) this.#lanes.delete(lane);
    }
  }

  async #insist(store: () => Promise<void>): Promise<void> {
    const { signal, health, log } = this.#parts;
    const backoff = new Backoff(this.#parts.backoff);
    while (!signal.aborted) {
      try {
        return await store();
      } catch {
        const waitMs = backoff.next();
        health.fault('An event could not be stored; it is not acknowledged and tried again.');
        log.error({ waitMs, tries: backoff.faults }, 'An event could not be stored.');
        await pause(waitMs, signal);
      }
    }
    throw this.#givenUp();
  }

  #givenUp(): PortcullisError {
    return new PortcullisError('slack.not_stored', 'An event was not stored.', {
      hint: 'Nothing to do: Slack delivers it again.',
    });
  }
}
