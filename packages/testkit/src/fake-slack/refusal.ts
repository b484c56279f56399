/**
 * What the Web API says no with.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';

/** A refusal by one of Slack's own error codes. The HTTP status is 200 all the same. */
export class Refusal extends PortcullisError {
  /** For example `channel_not_found`. */
  readonly error: string;

  constructor(error: string) {
    super('testkit.slack_refused', error);
    this.error = error;
  }
}
