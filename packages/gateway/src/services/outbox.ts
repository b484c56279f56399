/**
 * What goes out, as operators see it.
 *
 * @module
 */
import type { Decision, OutboundFile } from '@portcullis/core';

import type { Caller } from './caller.ts';

/** State of one outbound message. */
export type OutboxState = 'pending' | 'sending' | 'sent' | 'unknown' | 'failed';

/** An outbound message as operators see it. */
export interface OutboxItem {
  readonly id: string;
  readonly state: OutboxState;
  readonly channel: string;
  readonly accountId: string;
  readonly conversationId: string;
  readonly createdAt: number;
  readonly attempts: number;
  /** Which part of how many the message is. */
  readonly part: number;
  readonly parts: number;
  readonly preview: string;
  readonly error?: string;
  readonly messageId?: string;
}

/** What waits to go out, and what did not arrive for sure. */
export interface OutboxService {
  list(options?: {
    readonly state?: OutboxState;
    readonly limit?: number;
  }): Promise<readonly OutboxItem[]>;
  /** Sends a doubtful or failed message again. Throws `outbox.not_found`, `outbox.wrong_state`. */
  retry(caller: Caller, id: string): Promise<OutboxItem>;
  /** Gives a message up. Throws as `retry`. */
  drop(caller: Caller, id: string): Promise<OutboxItem>;
}

/** A message to a person or a room. */
export interface MessageRequest {
  /** `<channel>:<id>`, `<channel>:group:<id>` or `<channel>:channel:<id>`. */
  readonly to: string;
  readonly accountId?: string;
  /** A topic of the room. */
  readonly topicId?: string;
  /** Markdown of any length. */
  readonly text: string;
  readonly replyTo?: string;
  /** A file that goes with it. */
  readonly file?: OutboundFile;
  /** Of two messages with the same one, the first is sent; it counts for as long as the outbox keeps it. */
  readonly idempotencyKey: string;
  /** Decides and counts, and sends nothing. Default false. */
  readonly rehearse?: boolean;
}

/** What became of a message. */
export interface MessageOutcome {
  readonly channel: string;
  readonly accountId: string;
  readonly conversationId: string;
  /** What let it go. */
  readonly decision: Decision;
  /** In how many pieces it goes. */
  readonly parts: number;
  /** The pieces, in order; none for a rehearsal. */
  readonly items: readonly OutboxItem[];
  /** True when the same message was sent before. */
  readonly repeated: boolean;
}

/** Sends for operators. */
export interface MessageService {
  /**
   * Sends a message as the caller, by the decisions a message of the agent goes by. Nobody is asked:
   * what needs an approval is refused. Resolves once the network took every piece or refused one, or
   * after ten seconds.
   *
   * Throws `send.unknown_peer`, `send.unknown_account`, `send.key_reused`, `send.denied`,
   * `budget.exhausted`.
   */
  send(caller: Caller, request: MessageRequest): Promise<MessageOutcome>;
}
