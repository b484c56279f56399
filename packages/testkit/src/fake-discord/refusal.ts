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

const UNKNOWN = {
  channel: [10003, 'Unknown Channel'],
  guild: [10004, 'Unknown Guild'],
  member: [10007, 'Unknown Member'],
  message: [10008, 'Unknown Message'],
  user: [10013, 'Unknown User'],
  emoji: [10014, 'Unknown Emoji'],
  webhook: [10015, 'Unknown Webhook'],
  interaction: [10062, 'Unknown interaction'],
  endpoint: [0, '404: Not Found'],
} as const;

/** 404 for what does not exist, or is not for the bot to see. */
export function unknown(what: keyof typeof UNKNOWN): Refusal {
  const [number, message] = UNKNOWN[what];
  return new Refusal(404, number, message);
}
