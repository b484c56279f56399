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

/** Where a person or another program answers. */
export type InputStream = NodeJS.ReadableStream & { readonly isTTY?: boolean };

/** What surrounds the command line before it knows what it was asked. */
export interface Surroundings {
  readonly env: Environment;
  /** The script that was called, as it was called. Default: that of this process. */
  readonly program?: string;
  /** Where relative paths begin. Default: the working directory of this process. */
  readonly cwd?: string;
  readonly stdin: InputStream;
  readonly stdout: TextStream;
  readonly stderr: TextStream;
  /** Aborts when the user presses Ctrl-C or the process is asked to end. */
  readonly signal: AbortSignal;
  /** Version of this command line. */
  readonly version: string;
}

/** What the words of a call say about the gateway. */
export interface GatewayWords {
  /** Another gateway than that of the config. */
  readonly url?: string;
  readonly tokenFile?: string;
  readonly passwordFile?: string;
  readonly tlsFingerprint?: string;
}

/**
 * Which gateway: the one of this machine whatever the config says, or the one that is named, else
 * that of the config.
 */
export type GatewayChoice = { readonly here: true } | ({ readonly here: false } & GatewayWords);

/** The surroundings of one command. */
export interface CommandContext extends Surroundings {
  /** Where the state is, `--profile` applied. */
  readonly paths: StatePaths;
  /** Which gateway the call is for. Default: that of the config. */
  readonly gateway?: GatewayChoice;
}
