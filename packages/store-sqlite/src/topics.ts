/**
 * Wakes those who wait for a topic.
 *
 * @module
 */
import type { Logger } from '@portcullis/core';

/** Subscribers by topic. Topics that are notified close together wake each subscriber once. */
export class Topics {
  readonly #log: Logger;
  readonly #subscribers = new Map<string, Set<() => void>>();
  #pending = new Set<string>();

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Calls `wake` after the topic is notified. Returns the way to stop it. */
  subscribe(topic: string, wake: () => void): () => void {
    // Wrapped, so that the same function can be subscribed twice and stopped once.
    const subscriber = (): void => wake();
    const subscribers = this.#subscribers.get(topic) ?? new Set();
    subscribers.add(subscriber);
    this.#subscribers.set(topic, subscribers);
    return () => {
      subscribers.delete(subscriber);
      if (subscribers.size === 0 && this.#subscribers.get(topic) === subscribers) {
        this.#subscribers.delete(topic);
      }
    };
  }

  /** Wakes the subscribers of these topics soon, each once however often its topic is named. */
  notify(topics: ReadonlySet<string>): void {
    if (topics.size === 0) return;
    if (this.#pending.size === 0) setImmediate(() => this.#wake());
    for (const topic of topics) this.#pending.add(topic);
  }

  #wake(): void {
    const topics = this.#pending;
    this.#pending = new Set();
    for (const topic of topics) {
      for (const wake of this.#subscribers.get(topic) ?? []) {
        try {
          wake();
        } catch (error) {
          this.#log.error({ topic, error }, 'A subscriber of the store failed.');
        }
      }
    }
  }
}
