/**
 * Chat of operators.
 *
 * @module
 */
import type { Caller } from './caller.ts';
import type { TranscriptMessage } from './transcripts.ts';

/** What stands beside a message of a client: whoever it says wrote it, it is data. */
export interface ChatContext {
  /** `system` too: it is no instruction of ours. */
  readonly author: 'system' | 'user' | 'assistant';
  readonly text: string;
}

/** A chat message from an operator client, or from a caller of the HTTP API. */
export interface ChatSend {
  readonly sessionKey: string;
  readonly message: string;
  /** Becomes the run id. A repeat is not processed again. */
  readonly idempotencyKey: string;
  readonly attachments?: readonly {
    readonly fileName?: string;
    readonly mimeType?: string;
    /** Base64. */
    readonly content: string;
  }[];
  /** What was said before, oldest first, where the client remembers it and the session does not. */
  readonly context?: readonly ChatContext[];
}

/** What became of a {@link ChatSend}. `started` is given after the durable commit. */
export interface ChatSent {
  readonly runId: string;
  readonly sessionKey: string;
  readonly status: 'started' | 'in_flight' | 'ok' | 'error';
  /** Set where the idempotency key had been used for another text: this one is not processed. */
  readonly differs?: true;
}

/** A page of a transcript, oldest first. */
export interface HistoryPage {
  readonly sessionKey: string;
  readonly sessionId?: string;
  readonly messages: readonly TranscriptMessage[];
  readonly totalMessages: number;
  readonly hasMore: boolean;
  /** A run that is being answered right now. */
  readonly inFlight?: { readonly runId: string; readonly text: string; readonly startedAt: number };
}

/** A message that was accepted and waits for its turn. */
export interface QueuedInput {
  readonly runId: string;
  readonly text: string;
  /** Milliseconds since 1970. */
  readonly acceptedAt: number;
}

/** Messages of a session that wait, in the order of their turns. */
export interface QueuedInputs {
  readonly items: readonly QueuedInput[];
  /** All that wait. */
  readonly total: number;
  /** Place in the line, from 1, before which there are more. */
  readonly nextBefore?: number;
}

/** Operator chat. */
export interface ChatService {
  /**
   * Accepts a message durably and starts its turn. Throws `chat.session_invalid`,
   * `chat.denied` (its `details.decision` says why), `inbox.overloaded`.
   */
  send(caller: Caller, request: ChatSend): Promise<ChatSent>;
  /** Stops every run in progress that a caller began: he may do nothing any more. */
  abortOf(callerId: string): Promise<readonly string[]>;
  /** `offset` counts from the newest message. An unknown key gives an empty page. */
  history(
    sessionKey: string,
    options: { readonly limit: number; readonly offset?: number },
  ): Promise<HistoryPage>;
  /**
   * The last 20 of those who wait for their turn in a session, or of those before a place in the
   * line. `runIds`: of these runs only.
   */
  queued(
    sessionKey: string,
    options?: { readonly before?: number; readonly runIds?: readonly string[] },
  ): Promise<QueuedInputs>;
  /** One message of a session as it is now. */
  message(sessionKey: string, messageId: string): Promise<TranscriptMessage | undefined>;
  /**
   * Stops runs of a session, or the one named, also when it waits for its turn; with `queued` all
   * that wait. Resolves with the ids that were stopped.
   */
  abort(
    caller: Caller,
    target: { readonly sessionKey: string; readonly runId?: string; readonly queued?: boolean },
  ): Promise<readonly string[]>;
  /** Resolves when the run has ended, or with `timeout`. */
  wait(runId: string, timeoutMs: number): Promise<'ok' | 'error' | 'aborted' | 'timeout'>;
  /** The canonical key of a session named by an operator (`main` is an alias). Throws `chat.session_invalid`. */
  resolveKey(sessionKey: string): string;
}
