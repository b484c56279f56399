/**
 * Who guessed at a webhook, and is locked out of it. Every webhook counts for itself: guessing at one
 * locks nobody out of another, and none of them anybody out of the control plane.
 *
 * @module
 */
import { isAllowed } from '@portcullis/core';
import {
  type RateLimitState,
  checkRateLimit,
  rateLimitTransition,
} from '@portcullis/policy/exposure';

import { getPath } from '../config/index.ts';
import type { Kernel } from '../kernel.ts';

/** Entries that are remembered; the oldest are forgotten beyond it. */
const REMEMBERED = 4096;
/** Lock of the policy where the config says nothing. */
const LOCKOUT_MS = 300_000;

/** Failed attempts at webhooks. */
export class HookAttempts {
  readonly #kernel: Kernel;
  #state: RateLimitState = {};

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /** Whether a client may try; asked before anything is compared. */
  mayTry(client: string, hook: string): boolean {
    const subject = { ip: client, scope: `hook:${hook}` };
    return isAllowed(
      checkRateLimit(this.#state, subject, this.#kernel.now(), this.#kernel.config().value),
    );
  }

  /** How long a client that is locked out should wait, in seconds. */
  get retryAfter(): string {
    const lockoutMs = getPath(this.#kernel.config().value, 'gateway.auth.rateLimit.lockoutMs');
    return String(Math.ceil((typeof lockoutMs === 'number' ? lockoutMs : LOCKOUT_MS) / 1000));
  }

  /** Counts a wrong secret, or forgets the wrong ones after a right one. */
  count(client: string, hook: string, result: 'wrong' | 'ok'): void {
    if (result === 'ok' && Object.keys(this.#state).length === 0) return;
    const attempt = { ip: client, scope: `hook:${hook}`, result };
    const { state } = rateLimitTransition(
      this.#state,
      attempt,
      this.#kernel.now(),
      this.#kernel.config().value,
    );
    const entries = Object.entries(state);
    this.#state =
      entries.length > REMEMBERED ? Object.fromEntries(entries.slice(-REMEMBERED / 2)) : state;
  }
}
