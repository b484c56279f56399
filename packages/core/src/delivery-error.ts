/**
 * How a channel says what became of a message it could not send.
 *
 * @module
 */
import type { DeliveryOutcome } from './channel.ts';
import { PortcullisError, type PortcullisErrorOptions } from './errors.ts';

/** A send that did not end with a receipt. Its `outcome` decides what the outbox does next. */
export class DeliveryError extends PortcullisError {
  readonly outcome: DeliveryOutcome;

  constructor(
    outcome: DeliveryOutcome,
    code: string,
    message: string,
    options: PortcullisErrorOptions = {},
  ) {
    super(code, message, { ...options, retryable: outcome === 'retry' });
    this.outcome = outcome;
  }

  /** The outcome of any thrown value: `unknown` unless it says otherwise. */
  static outcomeOf(error: unknown): DeliveryOutcome {
    if (!PortcullisError.is(error) || !('outcome' in error)) return 'unknown';
    const { outcome } = error;
    return outcome === 'retry' || outcome === 'failed' ? outcome : 'unknown';
  }
}
