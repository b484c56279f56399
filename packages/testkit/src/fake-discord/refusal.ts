/**
 * How the fake Discord says no: the statuses, codes and sentences of the real one.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';

/** An error answer: HTTP status, Discord's own numeric code, message and field errors. */
export class Refusal extends PortcullisError {
  readonly status: number;
  /** 0 where Discord has no code of its own. */
  readonly number: number;
  readonly errors: object | undefined;

  constructor(status: number, number: number, message: string, errors?: object) {
    super('testkit.discord_refused', message);
    this.status = status;
    this.number = number;
    this.errors = errors;
  }

  /** The JSON body. */
  get body(): object {
    const { message, number: code, errors } = this;
    return errors === undefined ? { message, code } : { message, code, errors };
  }
}

/** 400 `Invalid Form Body`, about one field. */
export function invalidField(field: string, code: string, message: string): Refusal {
  return new Refusal(400, 50035, 'Invalid Form Body', {
    [field]: { _errors: [{ code, message }] },
  });
}

/** What does not exist, or is not for the bot to see. */
export const unknown = {
  endpoint: (): Refusal => new Refusal(404, 0, '404: Not Found'),
  channel: (): Refusal => new Refusal(404, 10003, 'Unknown Channel'),
  guild: (): Refusal => new Refusal(404, 10004, 'Unknown Guild'),
  member: (): Refusal => new Refusal(404, 10007, 'Unknown Member'),
  message: (): Refusal => new Refusal(404, 10008, 'Unknown Message'),
  user: (): Refusal => new Refusal(404, 10013, 'Unknown User'),
  webhook: (): Refusal => new Refusal(404, 10015, 'Unknown Webhook'),
  interaction: (): Refusal => new Refusal(404, 10062, 'Unknown interaction'),
};
