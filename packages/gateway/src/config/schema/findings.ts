/**
 * What checking a config can turn up. Promises: no finding quotes a value, which may be a secret.
 *
 * @module
 */
import type { PathSegment } from '../document/key-path.ts';

/** Something that keeps a config from being used. */
export interface ConfigIssue {
  readonly path: string;
  /** One sentence. Never contains the value. */
  readonly message: string;
  /** The words that may stand there, where it is a closed set. */
  readonly allowedValues?: readonly string[];
  /** What was probably meant: a key or a word. */
  readonly suggestion?: string;
}

/** Something worth knowing that keeps nothing from working. */
export interface ConfigWarning {
  readonly path: string;
  readonly message: string;
}

/** The warning about a key of OpenClaw that means nothing here. */
export const INERT_KEY = 'known, not yet supported: it has no effect in this version';

/** Collects what a check finds. */
export interface Findings {
  issue(path: readonly PathSegment[], issue: Omit<ConfigIssue, 'path'>): void;
  warn(path: readonly PathSegment[], message: string): void;
  /** True when more issues would be dropped: looking on is a waste. */
  isFull(): boolean;
}
