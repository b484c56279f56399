/**
 * The Portcullis gateway.
 *
 * @module
 */
export { AuditLog } from './audit/audit-log.ts';
export type { AuditVerdict } from './audit/chain.ts';
export type { Resolve } from './brokers/net/resolve.ts';
export { storeSecret } from './credentials/stored-secret.ts';
export type { SandboxReport } from './brokers/proc/readiness.ts';
export type { ExposureReport } from './exposure/exposure.ts';
export { type Gateway, type GatewayOptions, type GatewayStart, openGateway } from './gateway.ts';
export type { ConsoleStyle } from './log/settings.ts';
export type { ModelCost, ModelDoor, ModelServer, ModelTariff, Models } from './models.ts';
export type { Change, Prepared, ReloadRoom, ReloadState, Reloader } from './reload/reloader.ts';
export {
  type Route,
  type Server,
  type ServerOptions,
  callMethod,
  createServer,
} from './server/index.ts';
export type {
  AgentReport,
  AuditLine,
  AuditService,
  BudgetItem,
  BudgetService,
  Caller,
  ChannelReport,
  ChatSend,
  ChatSent,
  ChatService,
  ConfigEditService,
  ConfigReport,
  FileEdit,
  GatewayNotice,
  HistoryPage,
  ModelReport,
  OutboxItem,
  OutboxService,
  OutboxState,
  PairingRequest,
  PairingService,
  ReloadFailure,
  ReloadOutcome,
  ScheduleService,
  Services,
  SessionService,
  SessionSummary,
  TranscriptMessage,
  TranscriptPart,
} from './services.ts';
export { STEPS, type Step, type StepListener } from './step.ts';
export { createGateway } from './standalone/create-gateway.ts';
export type {
  Companion,
  CreateGatewayOptions,
  ModelParts,
  PluginSource,
  RunningGateway,
} from './standalone/options.ts';
export type { StartReport } from './standalone/report.ts';
export { type OpenStore, type State, openState } from './standalone/state.ts';
export { type TableDeclaration, gatewayTables } from './tables.ts';
