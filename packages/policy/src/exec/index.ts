/**
 * Commands: what a command line would run, whether it may, and approvals bound to exactly that.
 *
 * @module
 */
export { canonicalJson, digestOf } from '../digest.ts';
export { type Analysis, type Segment, analyze } from './analyze.ts';
export { type ApprovalRequest, type BoundExecutable, requestDigest } from './approval-record.ts';
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
} from './approval.ts';
export {
  type ExecInput,
  type ExecValue,
  type HostApprovals,
  type HostRules,
  decideExec,
} from './decide.ts';
export { argvHash } from './digest.ts';
export { isBlockedVariable } from './environment.ts';
export { type ExecHost, execHost } from './host.ts';
export type { Executable, Which } from './program.ts';
export { type Ask, type EffectivePolicy, execPolicyOf, type Security } from './settings.ts';
export { type Command, type Connector, type Word, tokenize } from './tokenize.ts';
