/**
 * Talking in one session: reading it, sending, stopping, starting anew.
 *
 * @module
 */
import type { ChatEvent } from '@portcullis/protocol';

import type { Connection } from '../wire/connection.ts';
import type { Cell } from './cell.ts';
import {
  type Conversation,
  type PendingSend,
  emptyConversation,
  withChatEvent,
  withHistory,
  withHistoryProblem,
} from './conversation.ts';
import { createConversations } from './conversations.ts';
import { createSend } from './sending.ts';

/** The session on the page. */
export interface Chat {
  readonly conversation: Cell<Conversation>;
  /** Shows another session. */
  open(sessionKey: string): void;
  /**
   * Reads the transcript again, and sends again what the gateway never confirmed, in every session.
   * `mainSession` is the key of the first session.
   */
  resume(mainSession: string): Promise<void>;
  send(text: string): Promise<void>;
  /** Sends a refused message again, as the same message. */
  retry(send: PendingSend): Promise<void>;
  /** Stops the answer being written. */
  abort(): Promise<void>;
  /** Empties the session. Resolves with what went wrong, if anything did. */
  reset(): Promise<string | undefined>;
  receive(event: ChatEvent): void;
}

const PAGE = 200;

/** Makes the chat of a page. */
export function createChat(connection: Pick<Connection, 'request'>): Chat {
  const conversations = createConversations();
  const { open, change } = conversations;
  const send = createSend(connection, conversations);
  const openKey = (): string => open.get().sessionKey;

  const load = async (sessionKey: string): Promise<void> => {
    const answer = await connection.request('chat.startup', { sessionKey, limit: PAGE });
    change(sessionKey, (value) => {
      if (!answer.ok) return withHistoryProblem(value, answer.error);
      return 'hasMore' in answer.payload ? withHistory(value, answer.payload) : value;
    });
  };

  return {
    conversation: open,
    open(sessionKey) {
      if (sessionKey === openKey()) return;
      conversations.show(sessionKey);
      void load(sessionKey);
    },
    async resume(mainSession) {
      conversations.name(mainSession);
      await load(openKey());
      for (const { sessionKey, sends } of conversations.all()) {
        for (const each of sends) {
          if (each.problem === undefined) await send(sessionKey, each);
        }
      }
    },
    send: (text) => send(openKey(), { idempotencyKey: crypto.randomUUID(), text, at: Date.now() }),
    retry: (refused) => send(openKey(), refused),
    async abort() {
      const { sessionKey, live } = open.get();
      const target = live === undefined ? {} : { runId: live.runId };
      await connection.request('chat.abort', { sessionKey, ...target });
    },
    async reset() {
      const key = openKey();
      const answer = await connection.request('sessions.reset', { key, reason: 'reset' });
      if (!answer.ok) return answer.error.message;
      change(key, () => emptyConversation(key));
      await load(key);
      return undefined;
    },
    receive(event) {
      change(event.sessionKey, (value) => withChatEvent(value, event, Date.now()));
      if (event.state !== 'delta' && event.sessionKey === openKey()) void load(event.sessionKey);
    },
  };
}
