/**
 * Servers of tools, as the control plane sees them.
 *
 * @module
 */
import type { Caller } from './caller.ts';

/** How a configured server is doing. */
export interface ToolServerReport {
  /** The operator's name for it. */
  readonly id: string;
  /** What policy and the audit log know it as: `mcp:files`. */
  readonly principal: string;
  /** `program`: started here. `web`: reached over the net. */
  readonly kind: 'program' | 'web';
  /** `idle`: not connected, because nobody uses it. `unusable`: its config is wrong. */
  readonly state: 'idle' | 'connecting' | 'connected' | 'failed' | 'unusable';
  /** Why it is failed or unusable, one sentence of ours. */
  readonly problem?: string;
  /** The end of what its program said on standard error. Text from outside: escape it. */
  readonly said?: string;
  /** When it is tried again at the earliest. */
  readonly retryAt?: number;
  /** Names of its tools that the agent may be offered. */
  readonly offered: readonly string[];
  /** True when it listed something that the owner has not accepted. */
  readonly differs: boolean;
  readonly acceptedAt?: number;
  /** Principal of who accepted. */
  readonly acceptedBy?: string;
}

/** What a server says a tool is. Text from outside, bounded and without control characters. */
export interface ToolDefinition {
  readonly description: string;
  /** As JSON text. */
  readonly inputSchema: string;
}

/** One tool of a server, beside what was accepted of it. */
export interface ServerToolItem {
  /** The server's own name for it. Text from outside: escape it. */
  readonly name: string;
  /** `gone`: accepted, and no longer there. */
  readonly standing: 'accepted' | 'new' | 'changed' | 'gone';
  /** What the agent would know it as; absent where it can have no name. */
  readonly offeredAs?: string;
  /** Why it is not offered even when it is accepted, one sentence of ours. */
  readonly withheld?: string;
  /** What the operator mapped it to: `read`, `search`, `write`, `message`, `exec`, `control`, or `unmapped`. */
  readonly effect: string;
  readonly now?: ToolDefinition;
  readonly accepted?: ToolDefinition;
}

/** A server and its tools, fresh from it. */
export interface ToolServerInspection {
  readonly server: ToolServerReport;
  readonly tools: readonly ServerToolItem[];
  /** Names exactly this list: an acceptance is bound to it. */
  readonly digest: string;
}

/** Servers of tools. */
export interface ToolServerService {
  /** Nothing is connected by it. */
  list(): readonly ToolServerReport[];
  /**
   * Connects to a server and reads its list. Throws `server.unknown`, `server.config` and why it
   * cannot be reached.
   */
  inspect(id: string): Promise<ToolServerInspection>;
  /**
   * Lets the agent be offered what a server lists, as long as it is still what `digest` names. Throws
   * as `inspect`, and `server.list_changed`.
   */
  accept(caller: Caller, id: string, digest: string): Promise<ToolServerInspection>;
}
