/**
 * Who may speak, and to whom: a config, compiled once. What a tool may do is asked of the entry
 * `./tools`, commands of `./exec`, and so on.
 *
 * @module
 */
import type { Decision, Event } from '@portcullis/core';
import { compileConfig } from './config/compile.ts';
import { rootSection, within } from './config/shape.ts';
import { type Admission, type AdmitState, admitEvent } from './ingress/admit.ts';
import {
  type BotLoopEvent,
  type BotLoopResult,
  type BotLoopState,
  botLoopTransition,
} from './ingress/bot-loop.ts';
import { isListedApprover, isListedOwner } from './ingress/command.ts';
import { type ContextInput, decideContext } from './ingress/context.ts';
import { type IngressInput, passGates } from './ingress/ingress.ts';
import { mentionPatterns } from './ingress/mention.ts';
import { prepare } from './ingress/prepare.ts';
import { canonicalSender } from './identity/sender.ts';
import type { Pattern } from './pattern/pattern.ts';
import type { PairingFacts } from './pairing/state.ts';
import { type SessionKeyInput, decideSessionKey } from './session/key.ts';
import { type RouteDecision, type RouteInput, decideRoute } from './session/route.ts';
import { type SessionVisibleInput, decideVisible } from './session/visible.ts';
import { total } from './verdict.ts';

/**
 * A compiled config. Every method is pure and total: it answers any input, never throws, keeps
 * nothing between calls that could change an answer, and reads neither clock nor environment.
 */
export interface CompiledPolicy {
  /** Whether an event of any kind comes in, and who is behind it. The one door to the agent. */
  admit(event: Event, state: AdmitState): Admission;
  /** The gates of a channel event alone, as `openclaw policy explain` asks them. */
  ingress(input: IngressInput): Decision;
  /** Whether an item of context may be shown beside a message. */
  context(input: ContextInput): Decision;
  /** Counts an event between two bots. */
  botLoop(state: BotLoopState, event: BotLoopEvent): BotLoopResult;
  /** The agent for an admitted conversation, as `value`. */
  route(input: RouteInput): RouteDecision;
  /** The session of an admitted conversation: its key as `value`. */
  sessionKey(input: SessionKeyInput): Decision;
  /** Whether a session's tools may see another session. */
  sessionVisible(input: SessionVisibleInput): Decision;
  /** Whether `id`, in any spelling, is an owner on `channel`. */
  isOwner(channel: string, id: string | number | undefined): boolean;
  /**
   * Whether `id` of `channel`, in any spelling, may answer a question that comes from a conversation
   * of `askedOn`: as owner, by the list for all channels, or by the list of `channel` where that is
   * where it was asked. Without `askedOn` only who may answer every question.
   */
  isApprover(channel: string, id: string | number | undefined, askedOn?: string): boolean;
  /** What this config contributes to the facts of a pairing transition. */
  readonly pairing: Pick<PairingFacts, 'ownerAllowFrom' | 'maxPending'>;
  /** The patterns that address an agent; of the default agent when undefined. */
  mentionPatterns(agentId?: string): readonly Pattern[];
}

/**
 * Compiles `config`. Never throws: a config that cannot be read gives a policy that denies
 * everything. The config is copied, so later changes to it have no effect.
 *
 * @example
 * ```ts
 * const policy = compilePolicy({ channels: { telegram: { dmPolicy: 'allowlist', allowFrom: [42] } } });
 * policy.ingress({ channel: 'telegram', kind: 'direct', sender: { id: '42' } }).code; // 'dm.allowlisted'
 * policy.ingress({ channel: 'telegram', kind: 'direct', sender: { id: '43' } }).effect; // 'deny'
 * ```
 */
export function compilePolicy(config: unknown): CompiledPolicy {
  const compiled = compileConfig(config);
  prepare(compiled);
  return {
    admit: (event, state) => admitEvent(compiled, event, state),
    ingress: (input) => total(() => passGates(compiled, input, { addressing: true }).decision),
    context: (input) => total(() => decideContext(compiled, input)),
    botLoop: (state, event) => {
      let next = state;
      const decision = total(() => {
        const result = botLoopTransition(compiled, state, event);
        next = result.state;
        return result.decision;
      });
      return { decision, state: next };
    },
    route: (input) => total(() => decideRoute(compiled, input)),
    sessionKey: (input) => total(() => decideSessionKey(compiled, input)),
    sessionVisible: (input) => total(() => decideVisible(compiled, input)),
    isOwner: (channel, id) =>
      orElse(false, () => isListedOwner(compiled, channel, canonicalSender(channel, id))),
    isApprover: (channel, id, askedOn) =>
      orElse(false, () => {
        const canonical = canonicalSender(channel, id);
        return (
          isListedApprover(compiled, channel, canonical, askedOn) ||
          isListedOwner(compiled, channel, canonical)
        );
      }),
    pairing: orElse<CompiledPolicy['pairing']>({ ownerAllowFrom: null, maxPending: null }, () => ({
      ownerAllowFrom: within(rootSection(compiled), 'commands', 'ownerAllowFrom').value,
      maxPending: within(rootSection(compiled), 'pairing', 'maxPending').value,
    })),
    mentionPatterns: (agentId) => orElse([], () => mentionPatterns(compiled, agentId)),
  };
}

/** The answer of `work`, or the closed one when a setting it needs cannot be read. */
function orElse<Value>(closed: Value, work: () => Value): Value {
  try {
    return work();
  } catch {
    return closed;
  }
}
