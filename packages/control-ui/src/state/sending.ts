/**
 * Sends messages until the gateway has taken or refused them, always as the same message.
 *
 * @module
 */
import type { Connection } from '../wire/connection.ts';
import { type PendingSend, withRefusedSend, withSend } from './conversation.ts';
import type { Conversations } from './conversations.ts';

/** Sends one message to a session. Resolves when the gateway has answered, or cannot. */
export type Send = (sessionKey: string, send: PendingSend) => Promise<void>;

/** How long to wait before a gateway that was too busy is asked again, in milliseconds. */
const BUSY_MS = 2000;

/** Makes the sender of a page. */
export function createSend(
  connection: Pick<Connection, 'request'>,
  conversations: Conversations,
): Send {
  const waits = (sessionKey: string, key: string): boolean =>
    conversations
      .all()
      .find((each) => each.sessionKey === sessionKey)
      ?.sends.some((each) => each.idempotencyKey === key && each.problem === undefined) === true;

  const send: Send = async (sessionKey, { idempotencyKey, text, at }) => {
    conversations.change(sessionKey, (value) => withSend(value, { idempotencyKey, text, at }));
    const answer = await connection.request('chat.send', {
      sessionKey,
      message: text,
      idempotencyKey,
    });
    // Sent again once the connection is back.
    if (answer.ok || answer.error.code === 'OFFLINE') return;
    const { message, retryable, retryAfterMs } = answer.error;
    if (retryable !== true) {
      conversations.change(sessionKey, (value) => withRefusedSend(value, idempotencyKey, message));
      return;
    }
    setTimeout(() => {
      if (waits(sessionKey, idempotencyKey)) void send(sessionKey, { idempotencyKey, text, at });
    }, retryAfterMs ?? BUSY_MS);
  };
  return send;
}
