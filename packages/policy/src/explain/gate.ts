/**
 * The gates a question passes, in their order. A decision's code says which gate answered; because
 * the first gate that fails answers, all gates before it were passed and none behind it was asked.
 *
 * @module
 */
import type { ConversationKind, Decision } from '@portcullis/core';

/** What became of one gate. */
export interface GateStep {
  readonly gate: string;
  readonly outcome: 'passed' | 'allowed' | 'asks' | 'refused' | 'not reached';
  /** The decision, at the gate that made one. */
  readonly decision?: Pick<Decision, 'effect' | 'code' | 'path' | 'reason'>;
}

/** The gates of admission and the codes that belong to each. */
const INGRESS: readonly (readonly [gate: string, codes: RegExp])[] = [
  ['channel', /^ingress\.channel\./],
  ['account', /^ingress\.account\./],
  ['own echo', /^ingress\.self$/],
  ['duplicate', /^ingress\.duplicate$/],
  ['bot author', /^ingress\.bot\./],
  ['access', /^(?:dm|group(?!\.mention|\.command_bypass)|ingress\.(?:sender|room))\./],
  ['command', /^command\./],
  ['mention', /^group\.(?:mention\.|command_bypass$)/],
  ['bot loop', /^ingress\.bot_loop\./],
];

/** The gates of tool policy and the codes that belong to each. */
const TOOL: readonly (readonly [gate: string, codes: RegExp])[] = [
  ['tool exists', /^tool\.unknown$/],
  ['owner only', /^tool\.owner_only$/],
  ['deny lists', /^tool\.deny\./],
  ['allow lists', /^tool\.(?:profile|provider_profile|allow|subagent)\./],
  ['the call itself', /^tool\.(?:exec|browser|message)\./],
];

/** The gates of admission for a decision about an event in such a conversation. */
export function admissionSteps(decision: Decision, kind: ConversationKind): readonly GateStep[] {
  const gates = kind === 'direct' ? INGRESS.filter(([gate]) => gate !== 'mention') : INGRESS;
  return trace(gates, decision, 'admission');
}

/** The gates of tool policy for a decision about a call. */
export function toolSteps(decision: Decision): readonly GateStep[] {
  return trace(TOOL, decision, 'tool policy');
}

/** The step of a gate that asks once. */
export function singleStep(gate: string, decision: Decision): GateStep {
  return { gate, outcome: outcomeOf(decision), decision: plain(decision) };
}

/** A gate that was never asked. */
export function notReached(gate: string): GateStep {
  return { gate, outcome: 'not reached' };
}

function trace(
  gates: readonly (readonly [gate: string, codes: RegExp])[],
  decision: Decision,
  whole: string,
): readonly GateStep[] {
  const at = gates.findIndex(([, codes]) => codes.test(decision.code));
  if (decision.effect === 'allow') {
    const steps = gates.map(([gate], index) =>
      index === at ? singleStep(gate, decision) : ({ gate, outcome: 'passed' } as const),
    );
    return at < 0 ? [...steps, singleStep(whole, decision)] : steps;
  }
  // A code of no gate (a setting that cannot be read) leaves open how far it went.
  if (at < 0) return [singleStep(whole, decision)];
  return gates.map(([gate], index) => {
    if (index === at) return singleStep(gate, decision);
    return { gate, outcome: index < at ? 'passed' : 'not reached' };
  });
}

function outcomeOf({ effect }: Decision): GateStep['outcome'] {
  if (effect === 'allow') return 'allowed';
  return effect === 'ask' ? 'asks' : 'refused';
}

function plain({ effect, code, path, reason }: Decision): NonNullable<GateStep['decision']> {
  return { effect, code, path, reason };
}
