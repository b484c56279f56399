/**
 * What trying things out showed, as facts: the running gateway, the browser, the code of plugins.
 *
 * @module
 */
import type { CodeHit } from './scan-code.ts';

/** Names of what is tried at a running gateway. */
export type TrialName =
  | 'no_secret'
  | 'wrong_secret'
  | 'http'
  | 'origin'
  | 'host'
  | 'guesses'
  | 'owner_after_guesses'
  | 'health';

/** One thing that was tried at the running gateway. */
export interface Trial {
  readonly name: TrialName;
  /**
   * `held`: what should be refused was. `open`: it was not. `unclear`: the answer was neither, or
   * there was none. `not_tried`: it cannot be tried from here without harm.
   */
  readonly outcome: 'held' | 'open' | 'unclear' | 'not_tried';
  /** What was seen, as a sentence without its full stop. Holds no secret. */
  readonly what: string;
}

/** What a probe of the running gateway found. */
export interface ProbeFact {
  /** It was reached and let the operator in. */
  readonly ok: boolean;
  readonly error?: string;
  /** The operator's own credential is a reference that could not be followed. */
  readonly secretMissing?: boolean;
  readonly trials?: readonly Trial[];
}

/** What the code of one plugin looks like. */
export interface PluginCodeFact {
  readonly id: string;
  readonly path: string;
  /** Files that were read, and their size. */
  readonly files: number;
  readonly bytes: number;
  readonly hits: readonly PluginCodeHit[];
  /** What could not be looked at, and why, each as a sentence without its full stop. */
  readonly unread: readonly string[];
  /** `package.json` is there and no JSON object. */
  readonly manifestBroken?: boolean;
  /** Entries of `package.json` that lie outside the folder of the plugin. */
  readonly escapes?: readonly string[];
  /** Entries of it that lie in a hidden folder or in `node_modules`. */
  readonly hidden?: readonly string[];
}

/** A place in the code of a plugin. */
export interface PluginCodeHit extends CodeHit {
  /** Relative to the folder of the plugin. */
  readonly file: string;
}

/** The browser of this machine. */
export interface BrowserFact {
  /** Undefined where none was found. */
  readonly executable?: string;
}
