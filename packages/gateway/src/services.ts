/**
 * What the control plane may ask of the running gateway.
 *
 * The methods of the wire protocol are written against this interface alone. The gateway implements
 * it; so does the command line when no gateway runs (over the store it opened itself), which is why
 * nothing here speaks of sockets.
 *
 * @module
 */
import type { Logger, Store } from '@portcullis/core';

import type { LoadedConfig, StatePaths } from './config/index.ts';
import type {
  ApprovalService,
  ClientQuestionService,
  HostDocumentService,
} from './services/approvals.ts';
import type { AttemptService } from './services/attempts.ts';
import type { AuditService } from './services/audit.ts';
import type { BudgetService } from './services/budgets.ts';
import type { ChannelService } from './services/channels.ts';
import type { ChatService } from './services/chat.ts';
import type { CommandReport } from './services/commands.ts';
import type { ConfigControl } from './services/config.ts';
import type { ConfigEditService } from './services/config-edits.ts';
import type { FixService, PostureService } from './services/posture.ts';
import type { LoadService } from './services/load.ts';
import type { GatewayNotice } from './services/notices.ts';
import type { NodeService } from './services/nodes.ts';
import type { MessageService, OutboxService } from './services/outbox.ts';
import type { PairingService } from './services/pairing.ts';
import type { QuestionService } from './services/questions.ts';
import type { AgentReport, ChannelReport, ModelReport } from './services/reports.ts';
import type { ScheduleService } from './services/schedule.ts';
import type { SessionService } from './services/sessions.ts';
import type { ToolServerService } from './services/tool-servers.ts';
import type { ToolService } from './services/tools.ts';
import type { UsageService } from './services/usage.ts';
import type { WorkspaceService } from './services/workspaces.ts';

export type * from './services/approvals.ts';
export type * from './services/attempts.ts';
export type * from './services/audit.ts';
export type * from './services/budgets.ts';
export type * from './services/caller.ts';
export type * from './services/channels.ts';
export type * from './services/chat.ts';
export type * from './services/commands.ts';
export type * from './services/config.ts';
export type * from './services/nodes.ts';
export type * from './services/config-edits.ts';
export type * from './services/posture.ts';
export type * from './services/load.ts';
export type * from './services/notices.ts';
export type * from './services/outbox.ts';
export type * from './services/pairing.ts';
export type * from './services/questions.ts';
export type * from './services/reports.ts';
export type * from './services/schedule.ts';
export type * from './services/sessions.ts';
export type * from './services/tool-servers.ts';
export type * from './services/tools.ts';
export type * from './services/transcripts.ts';
export type * from './services/usage.ts';

/** Everything the control plane may ask for. */
export interface Services {
  readonly version: string;
  readonly startedAt: number;
  readonly paths: StatePaths;
  readonly store: Store;
  readonly log: Logger;
  /** The configuration in force. */
  config(): LoadedConfig;
  /** The only way it changes, beside somebody editing its file. */
  readonly configControl: ConfigControl;
  /** Edits of its file, as they were found. */
  readonly edits: ConfigEditService;
  readonly chat: ChatService;
  readonly sessions: SessionService;
  readonly pairing: PairingService;
  readonly outbox: OutboxService;
  readonly messages: MessageService;
  readonly attempts: AttemptService;
  readonly audit: AuditService;
  /** What is critical here. */
  readonly posture: PostureService;
  /** What `security audit --fix` changes, and the way back. */
  readonly fixes: FixService;
  readonly approvals: ApprovalService;
  readonly clientQuestions: ClientQuestionService;
  readonly hostDocument: HostDocumentService;
  readonly budgets: BudgetService;
  readonly nodes: NodeService;
  readonly workspaces: WorkspaceService;
  readonly questions: QuestionService;
  readonly schedule: ScheduleService;
  readonly toolServers: ToolServerService;
  readonly tools: ToolService;
  readonly usage: UsageService;
  /** What people may write on a network. */
  commands(): readonly CommandReport[];
  readonly load: LoadService;
  channels(): readonly ChannelReport[];
  readonly channelControl: ChannelService;
  agents(): readonly AgentReport[];
  models(): ModelReport;
  /** Tells `listener` of everything that happens, in order. Returns the way to stop it. */
  listen(listener: (notice: GatewayNotice) => void): () => void;
}
