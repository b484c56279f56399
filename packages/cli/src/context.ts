/**
 * What a command runs in: environment, streams, paths. Tests give their own.
 *
 * @module
 */
import type { Environment, StatePaths } from '@portcullis/gateway/config';

/** A place to write text to. */
export interface TextStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** The surroundings of one command. */
export interface CommandContext {
  readonly env: Environment;
  readonly paths: StatePaths;
  readonly stdout: TextStream;
  readonly stderr: TextStream;
  /** Aborts when the user presses Ctrl-C or the process is asked to end. */
  readonly signal: AbortSignal;
  /** Version of this command line. */
  readonly version: string;
}
