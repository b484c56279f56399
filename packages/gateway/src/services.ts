/**
 * What the control plane may ask of the running gateway.
 *
 * The methods of the wire protocol are written against this interface alone. The gateway implements
 * it; so does the command line when no gateway runs (over the store it opened itself), which is why
 * nothing here speaks of sockets.
 *
 * @module
 */
import type { Decision, JobRun, Json, Logger, Store } from '@portcullis/core';

import type { ApprovalItem, ApprovalService, HostDocumentService } from './approval-service.ts';
import type { BudgetService } from './budget-service.ts';
import type { ScheduleService } from './schedule-service.ts';
import type { ToolServerService } from './tool-server-service.ts';
import type { Caller } from './caller.ts';
import type { LoadedConfig, StatePaths } from './config/index.ts';
import type { WorkspaceService } from './workspace-service.ts';
import type { QuestionItem, QuestionService } from './question-service.ts';

export type * from './approval-service.ts';
export type { BudgetItem, BudgetService } from './budget-service.ts';
export type { ScheduleService } from './schedule-service.ts';
export type {
  ServerToolItem,
  ToolDefinition,
  ToolServerInspection,
  ToolServerReport,
  ToolServerService,
} from './tool-server-service.ts';
export type { Caller } from './caller.ts';
export type { QuestionItem, QuestionService } from './question-service.ts';

/** A part of a transcript message. */
export type TranscriptPart =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'image'; readonly mimeType: string; readonly data: string }
  | { readonly type: 'toolCall'; readonly id: string; readonly name: string; readonly input: Json }
  | {
      readonly type: 'toolResult';
      readonly id: string;
      readonly name: string;
      readonly text: string;
      readonly isError: boolean;
    };

/** One stored message of a session. */
export interface TranscriptMessage {
  readonly id: string;
  /** Position in the session, from 1, without holes. */
  readonly seq: number;
  readonly role: 'user' | 'assistant' | 'tool';
  readonly content: readonly TranscriptPart[];
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  readonly runId: string;
  readonly model?: string;
  readonly usage?: { readonly input?: number; readonly output?: number };
  /** Why an assistant message ended: `stop`, `length`, `aborted`, `error`, `toolUse`. */
  readonly stopReason?: string;
  /** Set when `stopReason` is `error`: one sentence for an operator. */
  readonly errorMessage?: string;
}

/** A session as it is listed. */
export interface SessionSummary {
  readonly key: string;
  readonly sessionId: string;
  readonly agentId: string;
  readonly kind: 'direct' | 'group' | 'main' | 'other';
  readonly channel?: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly messageCount: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly model?: string;
  readonly lastRunId?: string;
  readonly status: 'running' | 'done' | 'error' | 'aborted' | 'idle';
  readonly activeRunIds: readonly string[];
  readonly lastMessagePreview?: string;
  /** Title given by an operator. */
  readonly label?: string;
}

/** What the gateway tells everybody who listens. */
export type GatewayNotice =
  | {
      readonly type: 'chat';
      readonly runId: string;
      readonly sessionKey: string;
      readonly agentId: string;
      /** Per run, from 1, rising. */
      readonly seq: number;
      readonly state: 'delta' | 'final' | 'aborted' | 'error';
      /** For `delta`: what is new. */
      readonly deltaText?: string;
      /** The whole text so far (delta) or at the end. */
      readonly text?: string;
      readonly stopReason?: string;
      readonly errorMessage?: string;
      readonly errorKind?: 'refusal' | 'timeout' | 'rate_limit' | 'context_length' | 'unknown';
      readonly usage?: { readonly input?: number; readonly output?: number };
    }
  | {
      readonly type: 'lifecycle';
      readonly runId: string;
      readonly sessionKey: string;
      readonly agentId: string;
      readonly seq: number;
      readonly phase: 'start' | 'end' | 'error';
    }
  | {
      readonly type: 'session';
      readonly sessionKey: string;
      readonly agentId: string;
      readonly reason: 'input' | 'start' | 'end' | 'reset' | 'delete' | 'patch';
    }
  | {
      readonly type: 'message';
      readonly sessionKey: string;
      readonly agentId: string;
      readonly message: TranscriptMessage;
    }
  | {
      readonly type: 'approval';
      readonly phase: 'requested' | 'resolved';
      readonly approval: ApprovalItem;
    }
  | {
      readonly type: 'question';
      readonly phase: 'requested' | 'resolved';
      readonly question: QuestionItem;
    }
  | {
      readonly type: 'cron';
      readonly action: 'added' | 'updated' | 'removed' | 'started' | 'finished';
      readonly jobId: string;
      readonly at: number;
      /** For `finished`. */
      readonly run?: JobRun;
    }
  | { readonly type: 'shutdown'; readonly reason: string };

/** A chat message from an operator client. */
export interface ChatSend {
  readonly sessionKey: string;
  readonly message: string;
  /** Becomes the run id. A repeat is not processed again. */
  readonly idempotencyKey: string;
  readonly attachments?: readonly {
    readonly fileName?: string;
    readonly mimeType?: string;
    /** Base64. */
    readonly content: string;
  }[];
}

/** What became of a {@link ChatSend}. `started` is given after the durable commit. */
export interface ChatSent {
  readonly runId: string;
  readonly sessionKey: string;
  readonly status: 'started' | 'in_flight' | 'ok' | 'error';
}

/** A page of a transcript, oldest first. */
export interface HistoryPage {
  readonly sessionKey: string;
  readonly sessionId?: string;
  readonly messages: readonly TranscriptMessage[];
  readonly totalMessages: number;
  readonly hasMore: boolean;
  /** A run that is being answered right now. */
  readonly inFlight?: { readonly runId: string; readonly text: string; readonly startedAt: number };
}

/** Operator chat. */
export interface ChatService {
  /**
   * Accepts a message durably and starts its turn. Throws `chat.session_invalid`,
   * `chat.denied` (its `details.decision` says why), `inbox.overloaded`.
   */
  send(caller: Caller, request: ChatSend): Promise<ChatSent>;
  /** `offset` counts from the newest message. An unknown key gives an empty page. */
  history(
    sessionKey: string,
    options: { readonly limit: number; readonly offset?: number },
  ): Promise<HistoryPage>;
  /** Stops runs of a session, or the one named. Resolves with the ids that were stopped. */
  abort(
    caller: Caller,
    target: { readonly sessionKey: string; readonly runId?: string },
  ): Promise<readonly string[]>;
  /** Resolves when the run has ended, or with `timeout`. */
  wait(runId: string, timeoutMs: number): Promise<'ok' | 'error' | 'aborted' | 'timeout'>;
  /** The canonical key of a session named by an operator (`main` is an alias). Throws `chat.session_invalid`. */
  resolveKey(sessionKey: string): string;
}

/** Sessions as operators see and change them. */
export interface SessionService {
  list(options?: {
    readonly limit?: number;
    readonly offset?: number;
    readonly agentId?: string;
    readonly search?: string;
  }): Promise<{
    readonly sessions: readonly SessionSummary[];
    readonly total: number;
  }>;
  get(key: string): Promise<SessionSummary | undefined>;
  /** Starts the session anew: history is empty afterwards. Throws `session.not_found`. */
  reset(caller: Caller, key: string): Promise<SessionSummary>;
  /** Throws `session.main_kept` for a main session. False when there was none. */
  delete(caller: Caller, key: string): Promise<boolean>;
  patch(
    caller: Caller,
    key: string,
    change: { readonly label?: string | null },
  ): Promise<SessionSummary>;
}

/** A pending pairing request as operators see it. */
export interface PairingRequest {
  readonly channel: string;
  readonly accountId: string;
  readonly senderId: string;
  readonly code: string;
  readonly createdAt: number;
  readonly lastSeenAt: number;
  readonly expiresAt: number;
}

/** Who may write to us. */
export interface PairingService {
  list(channel?: string): Promise<{
    readonly pending: readonly PairingRequest[];
    readonly allowed: readonly {
      readonly channel: string;
      readonly accountId: string;
      readonly senderId: string;
    }[];
    /** Mirror files that are malformed and therefore admit nobody, by path. */
    readonly broken: readonly string[];
  }>;
  /** Approves by code. `bootstrapOwner` also makes the sender the owner where there is none yet. */
  approve(
    caller: Caller,
    request: {
      readonly channel: string;
      readonly accountId?: string;
      readonly code: string;
      readonly bootstrapOwner?: boolean;
    },
  ): Promise<Decision & { readonly senderId?: string; readonly accountId?: string }>;
  /** Rejects by code or sender id. */
  reject(
    caller: Caller,
    request: {
      readonly channel: string;
      readonly accountId?: string;
      readonly code?: string;
      readonly senderId?: string;
    },
  ): Promise<Decision>;
  revoke(
    caller: Caller,
    request: { readonly channel: string; readonly accountId?: string; readonly senderId: string },
  ): Promise<Decision>;
}

/** State of one outbound message. */
export type OutboxState = 'pending' | 'sending' | 'sent' | 'unknown' | 'failed';

/** An outbound message as operators see it. */
export interface OutboxItem {
  readonly id: string;
  readonly state: OutboxState;
  readonly channel: string;
  readonly accountId: string;
  readonly conversationId: string;
  readonly createdAt: number;
  readonly attempts: number;
  /** Which part of how many the message is. */
  readonly part: number;
  readonly parts: number;
  readonly preview: string;
  readonly error?: string;
  readonly messageId?: string;
}

/** What waits to go out, and what did not arrive for sure. */
export interface OutboxService {
  list(options?: {
    readonly state?: OutboxState;
    readonly limit?: number;
  }): Promise<readonly OutboxItem[]>;
  /** Sends a doubtful or failed message again. Throws `outbox.not_found`, `outbox.wrong_state`. */
  retry(caller: Caller, id: string): Promise<OutboxItem>;
  /** Gives a message up. Throws as `retry`. */
  drop(caller: Caller, id: string): Promise<OutboxItem>;
}

/** One line of the audit log. */
export interface AuditLine {
  readonly seq: number;
  readonly at: number;
  readonly kind: string;
  readonly entry: Readonly<Record<string, Json | undefined>>;
  readonly mac: string;
}

/** The hash-chained audit log. */
export interface AuditService {
  /** Oldest first. `after` is a sequence number. */
  log(options?: {
    readonly after?: number;
    readonly limit?: number;
    readonly last?: boolean;
  }): Promise<readonly AuditLine[]>;
  /** Recomputes the whole chain. `expectHead` is a head exported earlier: `<seq>:<mac>`. */
  verify(options?: { readonly expectHead?: string }): Promise<{
    readonly ok: boolean;
    readonly lines: number;
    readonly head: string;
    /** First line that does not fit, and why. */
    readonly fault?: { readonly seq: number; readonly reason: string };
  }>;
}

/** How a channel account is doing, as operators see it. */
export interface ChannelReport {
  readonly channel: string;
  readonly accountId: string;
  readonly configured: boolean;
  readonly enabled: boolean;
  /** False: the package is missing; `lastError` names the command that installs it. */
  readonly installed: boolean;
  readonly state: 'starting' | 'connected' | 'reconnecting' | 'stopped' | 'failed';
  readonly identity?: string;
  readonly lastContactAt?: number;
  readonly lastError?: string;
  readonly restarts: number;
}

/** The model in use and those that could be. */
export interface ModelReport {
  /** `<provider>/<model>`, first choice first. */
  readonly active: readonly string[];
  /** Why no model can be used, as one sentence with what to do. */
  readonly problem?: string;
  readonly models: readonly {
    readonly id: string;
    readonly provider: string;
    readonly name: string;
    readonly available: boolean;
    readonly contextWindow?: number;
  }[];
}

/** One agent. */
export interface AgentReport {
  readonly id: string;
  readonly name?: string;
  readonly isDefault: boolean;
  readonly model?: string;
  readonly workspace: string;
}

/** Everything the control plane may ask for. */
export interface Services {
  readonly version: string;
  readonly startedAt: number;
  readonly paths: StatePaths;
  readonly store: Store;
  readonly log: Logger;
  /** The configuration in force. */
  config(): LoadedConfig;
  readonly chat: ChatService;
  readonly sessions: SessionService;
  readonly pairing: PairingService;
  readonly outbox: OutboxService;
  readonly audit: AuditService;
  readonly approvals: ApprovalService;
  readonly hostDocument: HostDocumentService;
  readonly budgets: BudgetService;
  readonly workspaces: WorkspaceService;
  readonly questions: QuestionService;
  readonly schedule: ScheduleService;
  readonly toolServers: ToolServerService;
  channels(): readonly ChannelReport[];
  agents(): readonly AgentReport[];
  models(): ModelReport;
  /** Tells `listener` of everything that happens, in order. Returns the way to stop it. */
  listen(listener: (notice: GatewayNotice) => void): () => void;
}
