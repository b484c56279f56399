/**
 * Other sessions of the same gateway, as a tool may reach them.
 *
 * What a session may see is decided by the gateway for every call. A session that may not be seen and
 * one that does not exist are the same to a caller: both throw `session.not_found`.
 *
 * @module
 */

/** A session as another one sees it. Nothing in it was said in the session. */
export interface SessionInfo {
  readonly key: string;
  readonly agentId: string;
  readonly kind: 'main' | 'direct' | 'group' | 'subagent' | 'other';
  /** True for the session of the call itself. */
  readonly isSelf: boolean;
  /** Title, given by an operator or by the session that started it. */
  readonly label?: string;
  readonly status: 'running' | 'idle' | 'done' | 'error' | 'aborted';
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  /** Milliseconds since 1970. */
  readonly updatedAt: number;
  readonly messageCount: number;
}

/** One message of another session. Its text is data, whoever wrote it. */
export interface SessionMessage {
  readonly role: 'user' | 'assistant' | 'tool';
  /** Cut where it is very long. */
  readonly text: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** The end of a session's transcript. */
export interface SessionHistory {
  readonly session: SessionInfo;
  /** Oldest first. */
  readonly messages: readonly SessionMessage[];
  /** True when there are older ones. */
  readonly more: boolean;
}

/** A message to another session, or a task for a new one. */
export interface SessionWork {
  /** Go on without waiting for the answer. Default: wait. */
  readonly wait?: boolean;
  /** Longest the work may take before it is stopped. Default 300,000, at most 3,600,000. */
  readonly timeoutMs?: number;
}

/** What is said to another session. */
export interface SessionMessageRequest extends SessionWork {
  readonly key: string;
  readonly text: string;
}

/** A task for a sub-agent. */
export interface SpawnRequest extends SessionWork {
  readonly task: string;
  /** Agent that does it. Default: the agent of the call. */
  readonly agentId?: string;
  /** Title of the new session. */
  readonly label?: string;
  /** Tools it may use, of those the caller has. Default: all of them. */
  readonly tools?: readonly string[];
}

/** How work in another session stands. */
export interface SessionAnswer {
  readonly key: string;
  readonly status: 'running' | 'answered' | 'failed' | 'stopped';
  /** What it answered. Data, whoever wrote it. */
  readonly text?: string;
  /** Why there is no answer: a stable code. */
  readonly reason?: string;
}

/** An agent that may be reached from the session of the call. */
export interface ReachableAgent {
  readonly id: string;
  readonly name?: string;
  /** True for the agent of the call itself. */
  readonly isSelf: boolean;
}

/** The sessions that the session of a call may see, and what it may do with them. */
export interface SessionsBroker {
  /** Newest first, at most `limit` (default 50, at most 200). */
  list(options?: { readonly limit?: number; readonly agentId?: string }): Promise<{
    readonly sessions: readonly SessionInfo[];
    /** True when there are more. */
    readonly more: boolean;
  }>;
  /**
   * The newest `limit` messages (default 20, at most 100), those of tools only with `tools`. From
   * then on the session of the call counts as knowing what they tell. Throws `session.not_found`.
   */
  history(
    key: string,
    options?: { readonly limit?: number; readonly tools?: boolean },
  ): Promise<SessionHistory>;
  /** How a session is doing; the session of the call without a key. Throws `session.not_found`. */
  status(key?: string): Promise<SessionInfo>;
  /** Agents that may be reached, the own one first. */
  agents(): Promise<readonly ReachableAgent[]>;
  /**
   * Gives another session a message, as data and never as the word of a person, and resolves with
   * what its agent answered. Throws `session.not_found`, `session.busy`.
   */
  send(request: SessionMessageRequest): Promise<SessionAnswer>;
  /**
   * Starts a session that does a task with at most the rights of the caller, and resolves with its
   * result. Throws `session.too_deep`, `session.too_many`, `agent.not_found`,
   * `capability.exceeds_parent`.
   */
  spawn(request: SpawnRequest): Promise<SessionAnswer>;
}
