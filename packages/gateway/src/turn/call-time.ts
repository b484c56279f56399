/**
 * The time one tool call may take. When it is over, or the turn is stopped, the turn goes on without
 * the call: a tool that ignores its signal is left behind with brokers that do nothing any more.
 *
 * @module
 */
import { PortcullisError, type Tool } from '@portcullis/core';

import { type ConfigValue, getPath, isConfigObject, ownValue } from '../config/index.ts';
import type { Kernel } from '../kernel.ts';
import { TurnClock } from '../session/turn-clock.ts';

/** Longest a call may take where nobody says, in seconds. */
const DEFAULT_SECONDS = 180;
/** How long a call that is over gets to end by itself: to stop what it started. */
const GRACE_MS = 5000;

/** The time limit of one call. */
export class CallTime {
  readonly #controller = new AbortController();
  readonly #clock: TurnClock;
  /** Aborts when the time is over or the turn is stopped. */
  readonly signal: AbortSignal;

  constructor(limitMs: number, turn: AbortSignal) {
    this.#clock = new TurnClock(limitMs, () => this.#controller.abort(timedOut(limitMs)));
    this.signal = AbortSignal.any([turn, this.#controller.signal]);
  }

  /** Waits for others without counting the time. */
  async pause<T>(wait: () => Promise<T>): Promise<T> {
    return await this.#clock.pause(wait);
  }

  /** What `work` gives; the reason of the signal where it does not end soon after that aborts. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    const { promise, reject } = Promise.withResolvers<never>();
    let grace: NodeJS.Timeout | undefined;
    const stop = (): void => {
      grace = setTimeout(() => reject(this.signal.reason as Error), GRACE_MS);
    };
    if (this.signal.aborted) stop();
    this.signal.addEventListener('abort', stop, { once: true });
    try {
      return await Promise.race([promise, work()]);
    } finally {
      this.signal.removeEventListener('abort', stop);
      clearTimeout(grace);
      this.#clock.stop();
      // Whatever the tool left running has nothing to act with.
      this.#controller.abort(ENDED);
    }
  }
}

const ENDED = new PortcullisError('tool.ended', 'The tool call is over.');

/** How long a call of a tool may take, in milliseconds. */
export function callLimit(kernel: Kernel, tool: Pick<Tool, 'name' | 'timeoutMs'>): number {
  const { value } = kernel.config();
  const own = seconds(ownOf(getPath(value, 'tools.timeouts'), tool.name));
  if (own !== undefined) return own * 1000;
  if (tool.timeoutMs !== undefined) return tool.timeoutMs;
  return (seconds(getPath(value, 'tools.timeoutSeconds')) ?? DEFAULT_SECONDS) * 1000;
}

function ownOf(value: ConfigValue | undefined, key: string): ConfigValue | undefined {
  return isConfigObject(value) ? ownValue(value, key) : undefined;
}

function seconds(value: ConfigValue | undefined): number | undefined {
  return typeof value === 'number' && value > 0 ? value : undefined;
}

function timedOut(limitMs: number): PortcullisError {
  const limit = String(Math.round(limitMs / 100) / 10);
  return new PortcullisError('tool.timeout', `The tool did not finish within ${limit} seconds.`, {
    hint: 'Ask for less at once, or give it longer: tools.timeouts.',
  });
}
