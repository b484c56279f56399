/**
 * The ways out of a call.
 *
 * @module
 */
import {
  type AskBroker,
  type Brokers,
  PortcullisError,
  type SessionsBroker,
} from '@portcullis/core';

/** The `sessions` broker. Throws `sessions.unavailable` where the gateway offers none. */
export function sessionsOf({ sessions }: Brokers): SessionsBroker {
  if (sessions !== undefined) return sessions;
  throw new PortcullisError('sessions.unavailable', 'This gateway shows no other sessions.', {
    hint: 'Do without them.',
  });
}

/** The `send` broker. Throws `message.unavailable` where the gateway offers none. */
export function sendOf({ send }: Brokers): NonNullable<Brokers['send']> {
  if (send !== undefined) return send;
  throw new PortcullisError('message.unavailable', 'This gateway sends no messages for tools.', {
    hint: 'Put it into the answer.',
  });
}

/** The `ask` broker. Throws `question.unavailable` where the gateway offers none. */
export function askOf({ ask }: Brokers): AskBroker {
  if (ask !== undefined) return ask;
  throw new PortcullisError('question.unavailable', 'This gateway asks nobody.', {
    hint: 'Decide without an answer, and say what you assumed.',
  });
}
