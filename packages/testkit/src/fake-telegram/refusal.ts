/**
 * How the fake Bot API says no: the error codes and sentences of the real one.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';

/** Extra fields of an error answer. */
export interface RefusalParameters {
  /** Seconds to wait (429). */
  readonly retry_after?: number;
  /** The supergroup a group became (400). */
  readonly migrate_to_chat_id?: number;
}

/** An `{ ok: false }` answer: HTTP status, description and parameters as the Bot API sends them. */
export class Refusal extends PortcullisError {
  readonly status: number;
  readonly parameters: RefusalParameters | undefined;

  constructor(status: number, description: string, parameters?: RefusalParameters) {
    super('testkit.telegram_refused', description);
    this.status = status;
    this.parameters = parameters;
  }
}

/** A 400 with the `Bad Request: ` prefix. */
export function badRequest(what: string, parameters?: RefusalParameters): Refusal {
  return new Refusal(400, `Bad Request: ${what}`, parameters);
}
