/**
 * The vocabulary and contracts of Portcullis. No I/O, no dependencies.
 *
 * @module
 */
export type { AskBroker, Question, QuestionOutcome } from './ask-broker.ts';
export type {
  BrowserAct,
  BrowserBroker,
  BrowserDoor,
  BrowserDriver,
  BrowserLook,
  BrowserRequest,
  BrowserResult,
} from './browser.ts';
export { canonicalJson } from './canonical-json.ts';
export type {
  Brokers,
  FileChange,
  FileContent,
  FileEntry,
  FileReading,
  FilesBroker,
  TreeEntry,
  NetBroker,
  NetRequest,
  NetResponse,
  ProcBroker,
  ProcRequest,
  ProcResult,
  SendBroker,
} from './broker.ts';
export type {
  Channel,
  ChannelAccount,
  ChannelDefinition,
  ChannelStatus,
  CredentialStore,
  DeliveryOutcome,
  Inbox,
  MessageButton,
  OutboundFile,
  OutboundMessage,
  Receipt,
  RouteGuard,
  RouteHandler,
  RouteRequest,
  RouteResponse,
} from './channel.ts';
export { type Decision, type Effect, isAllowed } from './decision.ts';
export { DeliveryError } from './delivery-error.ts';
export { PortcullisError, type PortcullisErrorOptions } from './errors.ts';
export {
  type AttachmentRef,
  type ContextItem,
  type Conversation,
  type ConversationKind,
  type Event,
  type EventFacts,
  type EventKind,
  type EventOrigin,
  type Sender,
  messageEventId,
} from './event.ts';
export { fenced, plainLine, plainText } from './fence.ts';
export { type Logger, silentLogger } from './logger.ts';
export type {
  ContentPart,
  FinishReason,
  Model,
  ModelEvent,
  ModelFetch,
  ModelMessage,
  ModelProviderDefinition,
  ModelRequest,
  ModelSource,
  ModelTool,
  ModelUsage,
} from './model.ts';
export {
  type AuditCheck,
  type AuditCheckFacts,
  type AuditFinding,
  type ConfigSection,
  type Plugin,
  type Registered,
  type Registry,
  type RegistryHolder,
  createRegistry,
  registerPlugin,
} from './plugin.ts';
export type { Policy, PolicyQuestion } from './policy.ts';
export type { Principal, TrustClass } from './principal.ts';
export type {
  Job,
  JobDelivery,
  JobDraft,
  JobPatch,
  JobPayload,
  JobRun,
  JobRunStatus,
  JobSchedule,
  MissedRuns,
  ScheduleBroker,
  ScheduleStatus,
} from './schedule.ts';
export { Secret } from './secret.ts';
export type {
  ReachableAgent,
  SessionAnswer,
  SessionHistory,
  SessionInfo,
  SessionMessage,
  SessionMessageRequest,
  SessionWork,
  SessionsBroker,
  SpawnRequest,
} from './sessions-broker.ts';
export type { SchemaIssue, SchemaResult, StandardSchema } from './standard-schema.ts';
export {
  type Entry,
  type IndexField,
  type Json,
  type Lease,
  type LogLine,
  type Query,
  type Store,
  type Table,
  type Tx,
  defineTable,
} from './store.ts';
export { TRACE_CHANNEL, type TracedWork } from './trace.ts';
export type {
  ProgramLink,
  ServedTool,
  ToolServer,
  ToolSession,
  ToolSource,
  WebLink,
  WebLinkAnswer,
  WebLinkRequest,
} from './tool-source.ts';
export type {
  EffectKind,
  EffectRequest,
  Tool,
  ToolContext,
  ToolResult,
  ToolSettings,
  ToolSettingsDeclaration,
} from './tool.ts';
