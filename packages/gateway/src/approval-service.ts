/**
 * Questions to approvers, as the control plane sees and answers them.
 *
 * @module
 */
import type { Caller } from './caller.ts';

/** A question to an approver, as operators see it. */
export interface ApprovalItem {
  readonly id: string;
  readonly state: 'pending' | 'allowed' | 'denied' | 'expired' | 'cancelled' | 'used';
  readonly tool: string;
  /** What would happen, in plain words: `send a message to somebody else`. */
  readonly act: string;
  /** Kind of effect and what is done: `send reply`, `proc run`. */
  readonly effect: string;
  /** Exactly what would happen, as JSON text. Presenters must escape it. */
  readonly subject: string;
  readonly reason: string;
  readonly code: string;
  readonly agentId: string;
  readonly sessionKey: string;
  readonly requester: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly resolvedAt?: number;
  /** Principal of the approver, as the audit log has it. */
  readonly resolvedBy?: string;
}

/** Questions that wait for a person. */
export interface ApprovalService {
  pending(): Promise<readonly ApprovalItem[]>;
  get(id: string): Promise<ApprovalItem | undefined>;
  /**
   * Questions that are over, newest first. `cursor` is a `nextCursor` given before. Throws
   * `approval.cursor_invalid`.
   */
  history(options: { readonly limit: number; readonly cursor?: string }): Promise<{
    readonly items: readonly ApprovalItem[];
    readonly nextCursor?: string;
  }>;
  /**
   * Answers one. Throws `approval.not_authorized`, `approval.not_found`, `approval.expired`,
   * `approval.already_resolved`.
   */
  resolve(caller: Caller, id: string, answer: 'allow-once' | 'deny'): Promise<ApprovalItem>;
}
