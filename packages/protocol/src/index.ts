/**
 * The gateway wire protocol, version 4: schemas and types of every frame, method and event.
 *
 * One schema validates, documents and types. {@link METHODS} and {@link EVENTS} are the tables
 * everything else is derived from.
 *
 * @module
 */
export { type Activity } from './operations/activity.ts';
export { type AgentEvent, agentEventSchema } from './agents.ts';
export { type Approval, type ApprovalRequest } from './asking/approvals.ts';
export { auditLineSchema } from './operations/audit.ts';
export { type CronJob, type CronRun } from './automation/cron.ts';
export { channelAccountSchema } from './channels.ts';
export { type ChatEvent, chatEventSchema } from './chat/event.ts';
export {
  challengeSchema,
  CLIENT_IDS,
  CLIENT_MODES,
  type ConnectAuth,
  type ConnectParams,
  connectParamsSchema,
  type DeviceProof,
  type HelloOk,
  helloOkSchema,
  type PresenceEntry,
} from './connect.ts';
export { type DeviceRequest, type PairedDevice } from './devices.ts';
export {
  CONNECT_ERROR_CODES,
  type ConnectErrorCode,
  ERROR_CODES,
  type ErrorCode,
  type ErrorShape,
  errorShapeSchema,
} from './errors.ts';
export { type EventName, type EventPayload, EVENTS, type EventSpec } from './events.ts';
export { describeFault } from './fault.ts';
export {
  type EventFrame,
  eventFrameSchema,
  type RequestFrame,
  requestFrameSchema,
  type ResponseFrame,
  responseFrameSchema,
} from './frames.ts';
export { type Health } from './gateway.ts';
export {
  type ChatCompletionRequest,
  chatCompletionRequestSchema,
} from './http/chat-completions.ts';
export { type InvokeRequest, invokeRequestSchema } from './http/invoke.ts';
export { type ResponsesRequest, responsesRequestSchema } from './http/responses.ts';
export { CLOSE, LIMITS, MIN_PROBE_PROTOCOL_VERSION, PROTOCOL_VERSION } from './limits.ts';
export { type ContentPart, type Message } from './message.ts';
export { type MethodSpec } from './method.ts';
export { type MethodName, type MethodParams, type MethodResult, METHODS } from './methods.ts';
export { type ConfigStatus } from './config/status.ts';
export { type ToolServer, type ToolServerInspection } from './operations/mcp.ts';
export {
  type NodeInvokeRequest,
  systemRunParamsSchema,
  type SystemRunPlan,
  systemRunPlanSchema,
  systemRunResultSchema,
} from './nodes/invoke.ts';
export { type Node, type NodeRequest, type PairedNode } from './nodes/node.ts';
export { type ModelRow } from './models.ts';
export { type Question } from './asking/questions.ts';
export { isScope, type RequiredScope, type Scope, SCOPES, scopeSchema } from './scopes.ts';
export { type Attachment } from './send.ts';
export { type SessionRow } from './sessions/row.ts';
