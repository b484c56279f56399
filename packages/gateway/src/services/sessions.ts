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
  /** When an operator pinned it, or put it out of the way. */
  readonly pinnedAt?: number;
  readonly archivedAt?: number;
  /** Key of the session that spawned it. */
  readonly spawnedBy?: string;
}

/** Which sessions are meant. Nothing means all. */
export interface SessionFilter {
  readonly limit?: number;
  readonly offset?: number;
  readonly agentIds?: readonly string[];
  /** Part of a key or label, in any case. */
  readonly search?: string;
  /** The whole label. */
  readonly label?: string;
  /** Default `all`. */
  readonly archived?: boolean | 'all';
  /** Used at this time or later. */
  readonly since?: number;
  /** Something was said in it. */
  readonly spokenIn?: boolean;
  /** Key of the session that spawned it. */
  readonly spawnedBy?: string;
}

/** What an operator may change of a session. `null` removes. */
export interface SessionChange {
  readonly label?: string | null;
  readonly pinned?: boolean;
  /** Put out of the way until something is said in it again. */
  readonly archived?: boolean;
}

/** Sessions as operators see and change them. */
export interface SessionService {
  /** Those last used first. */
  list(filter?: SessionFilter): Promise<{
    readonly sessions: readonly SessionSummary[];
    readonly total: number;
  }>;
  get(key: string): Promise<SessionSummary | undefined>;
  /** Makes the session of a canonical key. One that is there is kept as it is. */
  create(
    caller: Caller,
    draft: { readonly key: string; readonly agentId: string; readonly label?: string },
  ): Promise<SessionSummary>;
  /** Starts the session anew: history is empty afterwards. Throws `session.not_found`. */
  reset(caller: Caller, key: string): Promise<SessionSummary>;
  /** Throws `session.main_kept` for a main session. False when there was none. */
  delete(caller: Caller, key: string): Promise<boolean>;
  /** Throws `session.not_found`, and `session.main_kept` where a main session would be archived. */
  patch(caller: Caller, key: string, change: SessionChange): Promise<SessionSummary>;
}
