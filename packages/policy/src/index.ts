/**
 * Who may speak, and which agent and session answer.
 *
 * Pure functions over data: no clock, no I/O, no throw. This entry stays small enough for a worker
 * or a page; every further area (pairing, tools, commands, files, network, exposure, flow) is an entry
 * of its own.
 *
 * @module
 */
export type { Decision, Effect } from '@portcullis/core';
export { combine, opennessOf } from './combine.ts';
export type { Admission, AdmitState } from './ingress/admit.ts';
export type { BotLoopEvent, BotLoopResult, BotLoopState, BotPair } from './ingress/bot-loop.ts';
export type { ContextInput } from './ingress/context.ts';
export { type IngressInput, type IngressState, dedupeKey } from './ingress/ingress.ts';
export { canonicalSender } from './identity/sender.ts';
export { type Pattern, type PatternOptions, compilePattern } from './pattern/pattern.ts';
export { type CompiledPolicy, compilePolicy } from './policy.ts';
export type { SessionKeyInput } from './session/key.ts';
export type { RouteDecision, RouteInput } from './session/route.ts';
export type { SessionVisibleInput } from './session/visible.ts';
