/**
 * Workspaces as operators see them.
 *
 * @module
 */
import type { Caller } from './caller.ts';

/** What lies in the workspace of one agent. */
export interface WorkspaceReport {
  readonly agentId: string;
  /** As configured, absolute. */
  readonly path: string;
  /** Files and folders in it. */
  readonly entries: number;
  /** How many of them nobody vouches for. */
  readonly unknown?: number;
  /** There are more than is looked at: none of them is known. */
  readonly tooMany?: boolean;
  /** How many were adopted just now. */
  readonly adopted?: number;
}

/** What agents find in their workspaces, and who vouches for it. */
export interface WorkspaceService {
  /** The workspaces of all agents. */
  list(): Promise<readonly WorkspaceReport[]>;
  /**
   * The owner vouches for everything in a workspace that has no label yet. Throws
   * `workspace.no_agent`, `workspace.busy` while a command runs in it, `workspace.too_large`.
   */
  adopt(caller: Caller, agentId: string): Promise<WorkspaceReport>;
}
