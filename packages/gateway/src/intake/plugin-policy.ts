/**
 * Policy plugins may tighten: the most severe answer wins, and one that throws has denied.
 *
 * @module
 */
import type { Decision, Effect, PolicyQuestion, Registered } from '@portcullis/core';

const SEVERITY: Readonly<Record<Effect, number>> = {
  allow: 0,
  ask: 1,
  pair: 2,
  ignore: 3,
  deny: 4,
};

/** `decision`, or what a plugin made stricter of it. */
export function strictest(
  registry: Pick<Registered, 'policies'>,
  decision: Decision,
  question: PolicyQuestion,
): Decision {
  let result = decision;
  for (const policy of registry.policies.values()) {
    let answer: Decision | undefined;
    try {
      answer = policy.decide(question, result);
    } catch {
      answer = {
        effect: 'deny',
        code: 'engine.internal_error',
        path: `plugins.entries.${policy.id}`,
        reason: 'A policy plugin failed, and what fails denies.',
      };
    }
    if (answer === undefined) continue;
    // An effect this version does not know is no permission.
    const severity = Object.hasOwn(SEVERITY, answer.effect) ? SEVERITY[answer.effect] : 4;
    if (severity > SEVERITY[result.effect])
      result = severity === 4 ? { ...answer, effect: 'deny' } : answer;
  }
  return result;
}
