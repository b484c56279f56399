/**
 * The audit log as operators read it.
 *
 * @module
 */
import type { Json } from '@portcullis/core';

/** One line of the audit log. */
export interface AuditLine {
  readonly seq: number;
  readonly at: number;
  readonly kind: string;
  readonly entry: Readonly<Record<string, Json | undefined>>;
  readonly mac: string;
}

/** What an operator did to the control plane, or what it refused. */
export interface AuditNote {
  readonly code: string;
  /** Who did it: a caller id. */
  readonly principal: string;
  /** Default allow. */
  readonly effect?: 'allow' | 'deny';
  /** Ids, counts and names of this gateway's own making; never text from outside. */
  readonly facts?: Readonly<Record<string, Json>>;
}

/** The hash-chained audit log. */
export interface AuditService {
  /** Oldest first. `after` is a sequence number. */
  log(options?: {
    readonly after?: number;
    readonly limit?: number;
    readonly last?: boolean;
  }): Promise<readonly AuditLine[]>;
  /** Writes down what happened on the control plane. Repeated refusals fold into one line a minute. */
  note(note: AuditNote): Promise<void>;
  /** Recomputes the whole chain. `expectHead` is a head exported earlier: `<seq>:<mac>`. */
  verify(options?: { readonly expectHead?: string }): Promise<{
    readonly ok: boolean;
    readonly lines: number;
    readonly head: string;
    /** First line that does not fit, and why. */
    readonly fault?: { readonly seq: number; readonly reason: string };
  }>;
}
