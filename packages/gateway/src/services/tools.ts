/**
 * Tools for callers who use them themselves.
 *
 * @module
 */
import type { Json } from '@portcullis/core';

import type { Caller } from './caller.ts';

/** One call of one tool. */
export interface ToolRequest {
  readonly tool: string;
  readonly args: Readonly<Record<string, Json>>;
  /** Canonical. What the session has seen decides what the call may do. */
  readonly sessionKey: string;
  /** Of two calls with the same one, the tool runs once. */
  readonly idempotencyKey?: string | undefined;
  /** Aborts when nobody waits for the result any more: then a call without a name is stopped. */
  readonly signal?: AbortSignal | undefined;
  /** Aborts when the caller may make no calls any more: then it is stopped, named or not. */
  readonly revoked?: AbortSignal | undefined;
}

/** What came of a call. */
export type ToolAnswer =
  | { readonly ok: true; readonly runId: string; readonly text: string }
  | {
      readonly ok: false;
      readonly runId: string;
      /**
       * `unavailable`: the caller does not have the tool. `forbidden`: he has it, and not for this, or
       * the result may not be told to him. `input`: the arguments are wrong. `failed`: the tool could
       * not do it. `broken`: the tool threw. `conflict`: the idempotency key was used before.
       * `stopped`: the call was stopped. `busy`: the session is at work.
       */
      readonly kind:
        | 'unavailable'
        | 'forbidden'
        | 'input'
        | 'failed'
        | 'broken'
        | 'conflict'
        | 'stopped'
        | 'busy';
      /** Code of the decision or error. */
      readonly code: string;
      /** Set where an approver could allow it: the turn of an agent can wait for one. */
      readonly needsApproval?: true;
      /** One sentence for the caller. */
      readonly message: string;
    };

/** A tool as it is listed. */
export interface ToolListing {
  readonly name: string;
  readonly description: string;
  /** The group it belongs to: `group:fs`, `mcp:<server>`, `plugins`. */
  readonly group: string;
  readonly source: 'core' | 'plugin' | 'mcp';
  /** Profiles that have it. */
  readonly profiles: readonly string[];
}

/** Tools for callers. */
export interface ToolService {
  /**
   * Makes a call as the caller, through the same decisions and brokers as a call of the agent. Nobody
   * is asked: what needs an approval is refused. Throws `inbox.overloaded`, `chat.session_invalid`.
   */
  invoke(caller: Caller, request: ToolRequest): Promise<ToolAnswer>;
  /** Stops the calls of a caller: he may make none any more. */
  abortOf(callerId: string): void;
  /** Every tool there is. */
  catalog(): readonly ToolListing[];
  /** The tools the caller has in a session, and the name of the profile that holds there. */
  effective(
    caller: Caller,
    sessionKey: string,
  ): { readonly profile: string; readonly tools: readonly ToolListing[] };
}
