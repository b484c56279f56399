/**
 * A connection to the gateway that comes back: it is opened anew, later and later, until the person
 * leaves.
 *
 * @module
 */
import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { PortcullisError } from '@portcullis/core';
import type { MethodName, MethodParams, MethodResult } from '@portcullis/protocol';

import type { Operator } from './operator.ts';

/** What is told of a connection. */
export interface LinkHearer {
  /** It is there, for the first time or again. Rejecting ends everything. */
  up(isFirst: boolean): Promise<void>;
  /** It is gone; the next attempt is in so many milliseconds. */
  down(why: string, waitMs: number): void;
  event(event: string, payload: unknown): void;
}

/** How a link is made. */
export interface LinkOptions {
  readonly open: () => Promise<Operator>;
  readonly signal: AbortSignal;
  /** The longest first wait in milliseconds. Default 500. */
  readonly firstWaitMs?: number;
  /** The gateway gives a sign of life more often than this. Default 75 seconds. */
  readonly silenceMs?: number;
}

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
const SILENCE_MS = 75_000;

/** What passes by itself; everything else has to be mended by somebody. */
const PASSING = new Set([
  'gateway.unreachable',
  'gateway.closed',
  'gateway.not_running',
  'gateway.ssh_failed',
]);

/** Whether what went wrong with a connection passes by itself. */
export function passes(error: unknown): boolean {
  return PortcullisError.is(error) && PASSING.has(error.code);
}

/** One connection after another. */
export class Link {
  readonly #options: LinkOptions;
  #operator: Operator | undefined;
  #wasUp = false;

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  /** The gateway in words, where it is not that of this machine. */
  get elsewhere(): string | undefined {
    return this.#operator?.elsewhere;
  }

  /** Calls a method. Throws `gateway.closed` while there is no connection. */
  async ask<M extends MethodName>(method: M, params: MethodParams<M>): Promise<MethodResult<M>> {
    if (this.#operator === undefined) {
      throw new PortcullisError('gateway.closed', 'There is no connection to the gateway.', {
        hint: 'It is tried again by itself.',
      });
    }
    return await this.#operator.call(method, { ...params });
  }

  /**
   * Connects and stays connected until the signal ends it. Rejects where the first connection does not
   * come about, and with what does not pass by itself.
   */
  async run(hearer: LinkHearer): Promise<void> {
    const { signal, firstWaitMs = FIRST_WAIT_MS } = this.#options;
    let wait = firstWaitMs;
    while (!signal.aborted) {
      try {
        const operator = await this.#options.open();
        await this.#live(operator, hearer);
        wait = firstWaitMs;
      } catch (error) {
        if (signal.aborted) return;
        if (!this.#wasUp || !PortcullisError.is(error) || !passes(error)) throw error;
        const pause = wait + randomInt(Math.max(1, wait));
        wait = Math.min(wait * 2, LONGEST_WAIT_MS);
        hearer.down(error.message, pause);
        await sleep(pause, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  /** One connection. Rejects with why it is gone, unless it was let go. */
  async #live(operator: Operator, hearer: LinkHearer): Promise<void> {
    const { signal, silenceMs = SILENCE_MS } = this.#options;
    const silent = Promise.withResolvers<Error>();
    const isGone = (): void => silent.resolve(closed('The gateway has gone silent.'));
    let timer = setTimeout(isGone, silenceMs);
    const stopHearing = operator.onEvent((event, payload) => {
      clearTimeout(timer);
      timer = setTimeout(isGone, silenceMs);
      hearer.event(event, payload);
    });
    const left = Promise.withResolvers<undefined>();
    const leave = (): void => left.resolve(undefined);
    signal.addEventListener('abort', leave, { once: true });
    if (signal.aborted) leave();
    this.#operator = operator;
    try {
      const ends = [left.promise, silent.promise, ...(operator.ended ? [operator.ended] : [])];
      const up = hearer.up(!this.#wasUp).then(() => {
        this.#wasUp = true;
        return Promise.race(ends);
      });
      const gone = await Promise.race([up, ...ends]);
      if (gone === undefined) return;
      throw PortcullisError.is(gone) ? gone : closed('The connection to the gateway is gone.');
    } finally {
      this.#operator = undefined;
      clearTimeout(timer);
      signal.removeEventListener('abort', leave);
      stopHearing();
      await operator.close();
    }
  }
}

function closed(message: string): PortcullisError {
  return new PortcullisError('gateway.closed', message, { hint: 'It is tried again by itself.' });
}
