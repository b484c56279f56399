/**
 * Exceptions to the flow of information, made by a person for exactly one action.
 *
 * An exception lowers no label and never lifts a refusal; it answers one question that would have
 * been asked.
 *
 * @module
 */
import type { Decision } from '@portcullis/core';
import { digestOf } from '../digest.ts';
import { asChoice, InvalidSetting, own, setting } from '../setting.ts';
import { total } from '../verdict.ts';
import { readLabel } from './label.ts';
import { verdict } from './reasons.ts';
import { decideFlow, type FlowInput, mayStand } from './sink.ts';

/** What is about to leave which session. */
export interface FlowAction extends FlowInput {
  readonly session: string;
  /** What would be sent; any JSON. */
  readonly payload?: unknown;
}

/** What approvers allowed. Start with `{ once: [], always: [] }`. */
export interface FlowGrants {
  /** Digests of single actions, one entry a use. */
  readonly once: readonly string[];
  /** Digests of (session, way out, target) that stay open while nothing leaks. */
  readonly always: readonly string[];
}

/** An approver's answer. Nobody else can give one. */
export interface FlowAnswer {
  readonly actor: 'approver' | 'agent';
  readonly decision: 'allow-once' | 'allow-always' | 'deny';
}

/** The grants after a step, and the decision. */
export interface FlowResult {
  readonly grants: FlowGrants;
  readonly decision: Decision;
}

const PATH = 'flow.mode';

/** Hex SHA-256 over session, way out, target, payload and label: the one action that is approved. */
export function actionDigest(action: FlowAction): string {
  return digestOf({
    v: 1,
    session: action.session,
    sink: action.sink,
    payload: action.payload ?? null,
    label: readLabel(action.label),
  });
}

function standingDigest({ session, sink }: FlowAction): string {
  const { kind } = sink;
  const target = kind === 'reply' || kind === 'message' ? sink.to : sink;
  return digestOf({ v: 1, session, kind, target });
}

/** Records an approver's answer to a question the flow of information asked. */
export function declassify(
  grants: FlowGrants,
  action: FlowAction,
  answer: FlowAnswer,
  config: unknown,
): FlowResult {
  let next = grants;
  const decision = total(() => {
    const refused = verdict.deny('flow.declassify.refused', PATH);
    if (own(answer, 'actor') !== 'approver') return refused;
    const given = asChoice(setting(answer, 'decision'), ['allow-once', 'allow-always', 'deny']);
    if (given === undefined) throw new InvalidSetting('decision');
    const asked = decideFlow(config, action).effect === 'ask';
    if (given === 'deny' || !asked) return refused;
    if (given === 'allow-always' && !mayStand(config, action)) return refused;
    next =
      given === 'allow-once'
        ? { ...grants, once: [...grants.once, actionDigest(action)] }
        : { ...grants, always: [...grants.always, standingDigest(action)] };
    const obligations = ['audit'];
    return verdict.allow('flow.declassify.granted', PATH, { obligations });
  });
  return { grants: next, decision };
}

/** Lets an action out: as the flow decides, or by an exception, which is spent. */
export function release(grants: FlowGrants, action: FlowAction, config: unknown): FlowResult {
  let next = grants;
  const decision = total(() => {
    const decided = decideFlow(config, action);
    if (decided.effect !== 'ask') return decided;
    const at = grants.once.indexOf(actionDigest(action));
    const standing = grants.always.includes(standingDigest(action)) && mayStand(config, action);
    if (at === -1 && !standing) return decided;
    if (at !== -1) next = { ...grants, once: grants.once.toSpliced(at, 1) };
    const extras = { obligations: ['audit'], value: decided.value };
    return verdict.allow('flow.declassified', PATH, extras);
  });
  return { grants: next, decision };
}

/**
 * Whether `action` is the one that was approved under `digest`. For callers that hold one approval
 * in their hand: anything else is refused, not asked again.
 */
export function decideApproved(action: FlowAction, digest: string): Decision {
  return total(() =>
    actionDigest(action) === digest
      ? verdict.allow('flow.declassified', PATH, { obligations: ['audit'] })
      : verdict.deny('flow.declassify.mismatch', PATH),
  );
}
