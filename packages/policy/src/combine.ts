/**
 * Several decisions about one action, as one: the most severe wins.
 *
 * A tool call is decided by the tool policy, by its area (commands, files, network) and by the
 * flow of information, in that order. None of them can lift what another refused.
 *
 * @module
 */
import type { Decision, Effect } from '@portcullis/core';
import { isObject, own } from './setting.ts';
import { invalid } from './verdict.ts';

/** How much an effect lets through; `ignore` is as closed as `deny`. */
const OPENNESS: Readonly<Record<Effect, number>> = {
  allow: 3,
  ask: 2,
  pair: 1,
  ignore: 0,
  deny: 0,
};

/** How much the decision lets through, 0 to 3. An effect that is none lets nothing through. */
export function opennessOf(decision: Decision): number {
  const effect = own(decision, 'effect');
  return typeof effect === 'string' && Object.hasOwn(OPENNESS, effect)
    ? OPENNESS[effect as Effect]
    : 0;
}

function isDecision(value: unknown): value is Decision {
  const effect = own(value, 'effect');
  return (
    isObject(value) &&
    typeof effect === 'string' &&
    Object.hasOwn(OPENNESS, effect) &&
    typeof own(value, 'code') === 'string'
  );
}

function joined(lists: readonly (readonly string[] | undefined)[]): readonly string[] {
  return [...new Set(lists.flatMap((list) => list ?? []))];
}

/**
 * The most severe of `decisions`; among equals the first. Constraints of every decision stay in
 * force when all of them allow (the first to constrain a thing wins), obligations and warnings add
 * up, and two questions to an approver become one whose `value.codes` names both. No decision at
 * all, or one that is not a decision, is a refusal.
 */
export function combine(decisions: readonly Decision[]): Decision {
  const [first, ...others] = decisions;
  if (first === undefined || !decisions.every(isDecision)) return invalid('decisions');
  const chosen = others.reduce(
    (best, each) => (opennessOf(each) < opennessOf(best) ? each : best),
    first,
  );
  const asked = decisions.filter(({ effect }) => effect === 'ask');
  const obligations = joined(decisions.map((each) => each.obligations));
  const warnings = joined(decisions.map((each) => each.warnings));
  const constraints = Object.fromEntries(
    decisions.toReversed().flatMap((each) => Object.entries(each.constraints ?? {})),
  );
  const open = chosen.effect === 'allow' || chosen.effect === 'ask';
  return {
    ...chosen,
    ...(open && Object.keys(constraints).length > 0 ? { constraints } : {}),
    ...(obligations.length > 0 ? { obligations } : {}),
    ...(warnings.length > 0 ? { warnings } : {}),
    ...(chosen.effect === 'ask' && asked.length > 1
      ? { value: { codes: asked.map(({ code }) => code), values: asked.map(({ value }) => value) } }
      : {}),
  };
}
