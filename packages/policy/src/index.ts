/**
 * Every decision of the gateway as a pure function over data: no clock, no I/O, no throw.
 *
 * @module
 */
export type { Admission, AdmitState } from './ingress/admit.ts';
export type { BotLoopEvent, BotLoopResult, BotLoopState, BotPair } from './ingress/bot-loop.ts';
export type { ContextInput } from './ingress/context.ts';
export { type IngressInput, type IngressState, dedupeKey } from './ingress/ingress.ts';
export { canonicalSender } from './ingress/sender.ts';
export { type Op, type OpResult, decide } from './ops.ts';
export {
  type AccountPairing,
  type ActorFailures,
  type PairingAction,
  type PairingActor,
  type PairingFacts,
  type PairingState,
  type PendingRequest,
  emptyPairing,
} from './pairing/state.ts';
export { type PairingResult, pairingTransition } from './pairing/transition.ts';
export { type Pattern, type PatternOptions, compilePattern } from './pattern/pattern.ts';
export { type CompiledPolicy, compilePolicy } from './policy.ts';
export { reasons } from './reasons.ts';
export type { SessionKeyInput } from './session/key.ts';
export type { RouteDecision, RouteInput } from './session/route.ts';
export type { SessionVisibleInput } from './session/visible.ts';
export { combine, opennessOf } from './combine.ts';
export { canonicalJson, digestOf } from './digest.ts';
export { type Analysis, type Segment, analyze } from './exec/analyze.ts';
export {
  type ApprovalRequest,
  type BoundExecutable,
  requestDigest,
} from './exec/approval-record.ts';
export {
  type ApprovalActor,
  type ApprovalAnswer,
  type ApprovalFlags,
  type ApprovalRecord,
  type ApprovalResult,
  type ApprovalState,
  type ApprovalStatus,
  type ApprovalStep,
  type DurableTrust,
  approvalTransition,
  forgetApprovals,
} from './exec/approval.ts';
export {
  type ExecInput,
  type ExecValue,
  type HostApprovals,
  type HostRules,
  decideExec,
} from './exec/decide.ts';
export { argvHash } from './exec/digest.ts';
export type { Executable, Which } from './exec/program.ts';
export { type Command, type Connector, type Word, tokenize } from './exec/tokenize.ts';
export { type AuthInput, decideAuth } from './exposure/auth.ts';
export { type DeviceInput, type DeviceRights, decideDevice } from './exposure/device.ts';
export { type HostInput, decideHost } from './exposure/host.ts';
export { type OriginInput, decideOrigin } from './exposure/origin.ts';
export { type ClientValue, type ProxyInput, decideProxy } from './exposure/proxy.ts';
export {
  type RateLimitAttempt,
  type RateLimitEntry,
  type RateLimitState,
  type RateLimitStep,
  type RateLimitSubject,
  checkRateLimit,
  rateLimitTransition,
} from './exposure/rate-limit.ts';
export { type ScopeInput, decideScope } from './exposure/scope.ts';
export { isPlaceholder } from './exposure/secret.ts';
export { type StartFacts, type StartValue, decideStart } from './exposure/start.ts';
export {
  type FileFacts,
  type FileInput,
  type FileOp,
  type FileValue,
  type PatchInput,
  decideFile,
  decidePatch,
} from './files/decide.ts';
export {
  type FlowAction,
  type FlowAnswer,
  type FlowGrants,
  type FlowResult,
  actionDigest,
  decideApproved,
  declassify,
  release,
} from './flow/declassify.ts';
export {
  type FlowLabel,
  type PrivateClass,
  type Taint,
  bottomLabel,
  conversationClass,
  isBelow,
  joinLabels,
  readLabel,
  topLabel,
} from './flow/label.ts';
export { isPersistentPath } from './flow/persistent.ts';
export { type FlowState, type FlowStep, flowTransition, sessionLabel } from './flow/propagation.ts';
export { type FlowInput, type FlowValue, type Sink, decideFlow, mayStand } from './flow/sink.ts';
export { type AddressClass, classifyAddress } from './network/address.ts';
export { type NetInput, type NetValue, decideNet } from './network/decide.ts';
export type { NetTool } from './network/ssrf-policy.ts';
export { CODE_TTL_MS } from './pairing/state.ts';
export type { RegisteredTool } from './tools/names.ts';
export type { ToolInput, ToolScopeInput } from './tools/scope.ts';
