/**
 * Sessions as operators see and change them.
 *
 * @module
 */
import type { Caller } from './caller.ts';

/** A session as it is listed. */
export interface SessionSummary {
  readonly key: string;
  readonly sessionId: string;
  readonly agentId: string;
  readonly kind: 'direct' | 'group' | 'main' | 'other';
  readonly channel?: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly messageCount: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly model?: string;
  readonly lastRunId?: string;
  readonly status: 'running' | 'done' | 'error' | 'aborted' | 'idle';
  readonly activeRunIds: readonly string[];
  readonly lastMessagePreview?: string;
  /** Title given by an operator. */
  readonly label?: string;
}

/** Sessions as operators see and change them. */
export interface SessionService {
  list(options?: {
    readonly limit?: number;
    readonly offset?: number;
    readonly agentId?: string;
    readonly search?: string;
  }): Promise<{
    readonly sessions: readonly SessionSummary[];
    readonly total: number;
  }>;
  get(key: string): Promise<SessionSummary | undefined>;
  /** Starts the session anew: history is empty afterwards. Throws `session.not_found`. */
  reset(caller: Caller, key: string): Promise<SessionSummary>;
  /** Throws `session.main_kept` for a main session. False when there was none. */
  delete(caller: Caller, key: string): Promise<boolean>;
  patch(
    caller: Caller,
    key: string,
    change: { readonly label?: string | null },
  ): Promise<SessionSummary>;
}
