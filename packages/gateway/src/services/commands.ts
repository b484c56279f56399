/**
 * Chat commands, as operators see them.
 *
 * @module
 */

/** A command that people may write to the agent on a network. */
export interface CommandReport {
  /** Without the slash; the first one is the usual one. */
  readonly names: readonly string[];
  readonly summary: string;
  readonly takesArguments: boolean;
}
