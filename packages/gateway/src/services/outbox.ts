/**
 * What goes out, as operators see it.
 *
 * @module
 */
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
