/**
 * Talking in one session: reading it, sending, stopping, starting anew.
 *
 * @module
 */
import type { ChatEvent } from '@portcullis/protocol';

import type { Connection } from '../wire/connection.ts';
import { type Cell, createCell } from './cell.ts';
import {
  type Conversation,
  type PendingSend,
  emptyConversation,
  withChatEvent,
  withHistory,
  withHistoryProblem,
  withRefusedSend,
  withSend,
} from './conversation.ts';

/** The session on the page. */
export interface Chat {
  readonly conversation: Cell<Conversation>;
  /** Shows another session. */
  open(sessionKey: string): void;
  /**
   * Reads the transcript again, and sends again what the gateway never confirmed. `sessionKey` is
   * the real key of the first session, which the page calls `main` until it knows.
   */
  resume(sessionKey: string): Promise<void>;
  send(text: string): Promise<void>;
  /** Sends a refused message again, as the same message. */
  retry(send: PendingSend): Promise<void>;
  /** Stops the answer being written. */
  abort(): Promise<void>;
  /** Empties the session. Resolves with what went wrong, if anything did. */
  reset(): Promise<string | undefined>;
  receive(event: ChatEvent): void;
}

/** The session of the page until the gateway has said its key. */
export const FIRST_SESSION = 'main';

const PAGE = 200;

/** How long to wait before a gateway that was too busy is asked again, in milliseconds. */
const BUSY_MS = 2000;

/** Makes the chat of a page. */
export function createChat(connection: Pick<Connection, 'request'>): Chat {
  const conversation = createCell(emptyConversation(FIRST_SESSION));

  /** Applies a change unless another session was opened meanwhile. */
  const change = (key: string, apply: (value: Conversation) => Conversation): void => {
    conversation.update((value) => (value.sessionKey === key ? apply(value) : value));
  };

  const load = async (key: string): Promise<void> => {
    const answer = await connection.request('chat.startup', { sessionKey: key, limit: PAGE });
    change(key, (value) => {
      if (!answer.ok) return withHistoryProblem(value, answer.error);
      return 'messages' in answer.payload ? withHistory(value, answer.payload) : value;
    });
  };

  const transmit = async (key: string, send: PendingSend): Promise<void> => {
    const { idempotencyKey, text } = send;
    change(key, (value) => withSend(value, { idempotencyKey, text, at: send.at }));
    const answer = await connection.request('chat.send', {
      sessionKey: key,
      message: text,
      idempotencyKey,
    });
    if (answer.ok || answer.error.code === 'OFFLINE') return; // resume() sends it again
    const { message, retryable, retryAfterMs } = answer.error;
    if (retryable !== true) {
      change(key, (value) => withRefusedSend(value, idempotencyKey, message));
      return;
    }
    setTimeout(() => {
      const { sends } = conversation.get();
      const waits = sends.some(
        (each) => each.idempotencyKey === idempotencyKey && each.problem === undefined,
      );
      if (waits) void transmit(key, send);
    }, retryAfterMs ?? BUSY_MS);
  };

  return {
    conversation,
    open(key) {
      if (key === conversation.get().sessionKey) return;
      conversation.set(emptyConversation(key));
      void load(key);
    },
    async resume(sessionKey) {
      conversation.update((value) =>
        value.sessionKey === FIRST_SESSION ? { ...value, sessionKey } : value,
      );
      const { sessionKey: key } = conversation.get();
      await load(key);
      for (const send of conversation.get().sends) {
        if (send.problem === undefined) await transmit(key, send);
      }
    },
    send: (text) =>
      transmit(conversation.get().sessionKey, {
        idempotencyKey: crypto.randomUUID(),
        text,
        at: Date.now(),
      }),
    retry: (send) => transmit(conversation.get().sessionKey, send),
    async abort() {
      const { sessionKey: key, live } = conversation.get();
      const target = live === undefined ? {} : { runId: live.runId };
      await connection.request('chat.abort', { sessionKey: key, ...target });
    },
    async reset() {
      const { sessionKey: key } = conversation.get();
      const answer = await connection.request('sessions.reset', { key, reason: 'reset' });
      if (!answer.ok) return answer.error.message;
      change(key, () => emptyConversation(key));
      await load(key);
      return undefined;
    },
    receive(event) {
      change(event.sessionKey, (value) => withChatEvent(value, event, Date.now()));
      if (event.state !== 'delta' && event.sessionKey === conversation.get().sessionKey) {
        void load(event.sessionKey);
      }
    },
  };
}
