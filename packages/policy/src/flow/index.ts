/**
 * Information flow: what a session has seen, and where it may still send.
 *
 * @module
 */
export {
  type FlowAction,
  type FlowAnswer,
  type FlowGrants,
  type FlowResult,
  actionDigest,
  decideApproved,
  declassify,
  release,
} from './declassify.ts';
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
  taintOf,
} from './label.ts';
export { isPersistentPath } from './persistent.ts';
export { type FlowState, type FlowStep, flowTransition, sessionLabel } from './propagation.ts';
export { type FlowInput, type FlowValue, type Sink, decideFlow, mayStand } from './sink.ts';
