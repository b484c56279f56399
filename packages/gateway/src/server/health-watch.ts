/**
 * Notices that the gateway is not as well as it was, or better: channels that came or went, agents,
 * and how the config in force stands to its file. Sessions are told by events of their own.
 *
 * @module
 */
import type { Services } from '../services.ts';

/** Looks at the health of one gateway. */
export class HealthWatch {
  readonly #services: Services;
  readonly #changed: () => void;
  #seen: string;

  /** `changed` is called for every look that finds another state than the one before. */
  constructor(services: Services, changed: () => void) {
    this.#services = services;
    this.#changed = changed;
    this.#seen = this.#state();
  }

  /** Looks now. Reads what is in memory, and nothing else. */
  look(): void {
    const state = this.#state();
    if (state === this.#seen) return;
    this.#seen = state;
    this.#changed();
  }

  #state(): string {
    const services = this.#services;
    // That a channel was heard of a moment ago is no other state.
    const channels = services.channels().map(({ lastContactAt: _at, ...rest }) => rest);
    return JSON.stringify([channels, services.agents(), services.edits.report()]);
  }
}
