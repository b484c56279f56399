/**
 * Questions to approvers, as the control plane sees and answers them.
 *
 * @module
 */
import type { Json } from '@portcullis/core';
import type { EffectivePolicy } from '@portcullis/policy/exec';

import type { Caller } from './caller.ts';

/** What may be answered. */
export type ApprovalAnswer = 'allow-once' | 'allow-always' | 'deny';

/** A question to an approver, as operators see it. */
export interface ApprovalItem {
  readonly id: string;
  readonly state: 'pending' | 'allowed' | 'denied' | 'expired' | 'cancelled' | 'voided' | 'used';
  /** SHA-256, hex, over everything the answer is bound to. */
  readonly digest: string;
  /** What may be answered. */
  readonly offered: readonly ApprovalAnswer[];
  readonly tool: string;
  /** What would happen, in plain words: `send a message to somebody else`. */
  readonly act: string;
  /** Kind of effect and what is done: `send reply`, `proc run`. */
  readonly effect: string;
  /** Exactly what would happen, as JSON text. Presenters must escape it. */
  readonly subject: string;
  readonly reason: string;
  /** Codes of every decision that asks, with blanks between. */
  readonly code: string;
  /** What the session has read, from whom, and where it would go. Presenters must escape it. */
  readonly story?: string;
  /** For a command: where it would run. */
  readonly host?: string;
  readonly cwd?: string;
  /** For a command on another machine: which. */
  readonly nodeId?: string;
  readonly agentId: string;
  readonly sessionKey: string;
  readonly requester: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly resolvedAt?: number;
  /** Principal of the approver, as the audit log has it. */
  readonly resolvedBy?: string;
  readonly answer?: ApprovalAnswer;
  /** There was nobody to ask. */
  readonly unheard?: true;
}

/** A command a client runs itself, and asks about first. */
export interface ClientAsk {
  /** Default: a new one. */
  readonly id?: string;
  /** What would run, as text, as words, or both. */
  readonly command?: string;
  readonly argv?: readonly string[];
  readonly host: 'gateway' | 'node' | 'sandbox';
  readonly nodeId?: string;
  readonly cwd?: string;
  readonly env: Readonly<Record<string, string>>;
  /** Default: the default agent. */
  readonly agentId?: string;
  /** Default: the main session of the agent. */
  readonly sessionKey?: string;
  /** What else the client says of it, shown as it is. */
  readonly told: { readonly [key: string]: Json };
  /** Milliseconds. Default, and at most: 30 minutes. */
  readonly timeoutMs?: number;
  /** Whether another client that answers questions is connected. */
  readonly hasClients: boolean;
  /** Whether approvers may be asked in their conversations. */
  readonly inConversations: boolean;
}

/** A question of a client that was put. */
export interface ClientQuestion {
  readonly id: string;
  /** Who hears of it. */
  readonly route: 'forwarder' | 'approval-client' | 'none';
  readonly createdAt: number;
  readonly expiresAt: number;
}

/** How a question of a client ended. */
export interface ClientDecision extends Omit<ClientQuestion, 'route'> {
  readonly decision: ApprovalAnswer | null;
  readonly reason: 'user' | 'timeout' | 'no-route' | 'run-aborted';
}

/** Questions of clients about what they do themselves. The gateway does nothing because of them. */
export interface ClientQuestionService {
  /**
   * Puts one. Throws what policy refuses (nobody is asked about that), `approval.too_long`,
   * `approval.ask_flood`, `exec.approval.exists`, `request.invalid`.
   */
  ask(caller: Caller, ask: ClientAsk): Promise<ClientQuestion>;
  /**
   * Waits for the answer to one of the caller's, until `signal` aborts; the question is taken back
   * then where `isOnly` says that nobody else will wait. A yes is told once. Throws
   * `exec.approval.not_found`, `.consumed`, `.expired`.
   */
  decision(
    caller: Caller,
    id: string,
    options: { readonly signal?: AbortSignal | undefined; readonly isOnly?: boolean },
  ): Promise<ClientDecision>;
}

/** Something that is allowed for good. */
export interface GrantItem {
  readonly id: string;
  /** Exact commands of an agent, or one way out of one session. */
  readonly kind: 'exec' | 'flow';
  readonly agentId: string;
  readonly sessionKey: string;
  /** The question whose answer left it. */
  readonly approval: string;
  readonly effect: string;
  /** What was shown when it was allowed, as JSON text. Presenters must escape it. */
  readonly subject: string;
  readonly createdAt: number;
  readonly createdBy: string;
  readonly expiresAt?: number;
  readonly lastUsedAt?: number;
  readonly uses: number;
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
   * Answers one. `shown` is the digest of what the answerer saw; what `allow-always` leaves ends
   * after `grantForMs`, or when it is revoked. Throws `exec.approval.not_authorized`, `.not_found`, `.expired`,
   * `.already_resolved`, `.decision_not_offered`, `.mismatch`.
   */
  resolve(
    caller: Caller,
    id: string,
    answer: ApprovalAnswer,
    options?: { readonly shown?: string; readonly grantForMs?: number },
  ): Promise<ApprovalItem>;
  /** What is allowed for good, newest first. */
  grants(limit?: number): Promise<readonly GrantItem[]>;
  /** Takes one back. False when there is none. Throws `exec.approval.not_authorized`. */
  revoke(caller: Caller, id: string): Promise<boolean>;
}

/** What is in force about commands: configuration and host document together. */
export type ExecPolicy = EffectivePolicy;

/** The host's own document about commands, as an operator sees it. */
export interface HostDocumentView {
  readonly path: string;
  readonly exists: boolean;
  /** SHA-256, hex, of its text; of the empty text where there is none. */
  readonly hash: string;
  readonly file: { readonly [key: string]: Json };
  /** False for a document that closes everything because it cannot be trusted. */
  readonly valid: boolean;
}

/** The host's own document about commands. */
export interface HostDocumentService {
  get(): Promise<HostDocumentView>;
  /** What holds for an agent without settings of its own. */
  inForce(): Promise<ExecPolicy>;
  /**
   * Replaces it. `baseHash` is the hash of the one that was read; without it only a missing document
   * is written. Throws `approvals.file_invalid`, `approvals.file_changed`.
   */
  set(caller: Caller, file: unknown, baseHash?: string): Promise<HostDocumentView>;
}
