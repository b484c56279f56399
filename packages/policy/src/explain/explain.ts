/**
 * Why a decision fell: the gates it went through, the setting that decided, and which changes of the
 * config would lead to another answer. Each change that is named was tried with the enforcing code.
 *
 * @module
 */
import type { Decision } from '@portcullis/core';
import { opennessOf } from '../combine.ts';
import { decideQuestion } from './answer.ts';
import { type ConfigEdit, applyEdit } from './config-edit.ts';
import type { GateStep } from './gate.ts';
import type { Arrival, Facts } from './judge.ts';
import { type Question, subjectOf } from './question.ts';
import { type Subject, closingEdits, openingEdits } from './remedy.ts';

/** A change, or several in order, and the answer after it. */
export interface Remedy {
  readonly edits: readonly ConfigEdit[];
  readonly result: Pick<Decision, 'effect' | 'code' | 'reason'>;
}

/** An answer and how it came about. */
export interface Explanation {
  readonly decision: Decision;
  /** Every gate of the way, in order. */
  readonly steps: readonly GateStep[];
  /** The agent the message goes to, when it comes in. */
  readonly agentId?: string;
  /** Who the sender is to the gateway. */
  readonly trust: string;
  readonly isOwner: boolean;
  /** What the answer takes for granted, a sentence each. */
  readonly assumptions: readonly string[];
  /** Changes of the config that lead to another answer; the narrowest first. */
  readonly remedies: readonly Remedy[];
}

/** Most changes that are put together for one answer. */
const MOST_EDITS = 4;
const MOST_REMEDIES = 3;

/**
 * Explains the answer to `question`. Total: whatever the config holds, there is an answer.
 *
 * @example
 * ```ts
 * explain({ channels: { telegram: { dmPolicy: 'allowlist' } } }, { channel: 'telegram', sender: '42' })
 *   .decision.code; // 'dm.allowlist.empty'
 * ```
 */
export function explain(config: unknown, question: Question, facts: Facts = {}): Explanation {
  const answer = decideQuestion(config, question, facts);
  const { decision, arrival } = answer;
  const subject = subjectOf(question, arrival);
  const remedies =
    decision.effect === 'allow'
      ? closing(config, question, facts, subject, arrival)
      : opening(config, question, facts, subject, decision);
  return {
    decision,
    steps: answer.steps,
    ...(arrival.agentId === undefined ? {} : { agentId: arrival.agentId }),
    trust: arrival.trust,
    isOwner: arrival.isOwner,
    assumptions: answer.assumptions,
    remedies,
  };
}

/** Changes after which the answer is an allow, or at least a question to an approver. */
function opening(
  config: unknown,
  question: Question,
  facts: Facts,
  subject: Subject,
  decision: Decision,
): readonly Remedy[] {
  const remedies = openingEdits(decision, subject, config).flatMap((first) => {
    const edits = [first];
    let changed = applyEdit(config, first);
    let answer = decideQuestion(changed, question, facts);
    if (answer.decision.code === decision.code) return [];
    while (answer.decision.effect === 'deny' && edits.length < MOST_EDITS) {
      const { code } = answer.decision;
      const about = subjectOf(question, answer.arrival);
      const next = openingEdits(answer.decision, about, changed).find((edit) => {
        const tried = decideQuestion(applyEdit(changed, edit), question, facts);
        return tried.decision.code !== code;
      });
      if (next === undefined) break;
      edits.push(next);
      changed = applyEdit(changed, next);
      answer = decideQuestion(changed, question, facts);
    }
    const gained = opennessOf(answer.decision) > opennessOf(decision);
    return gained ? [{ edits, result: resultOf(answer.decision) }] : [];
  });
  return remedies.slice(0, MOST_REMEDIES);
}

/** Changes after which the answer is a refusal. */
function closing(
  config: unknown,
  question: Question,
  facts: Facts,
  subject: Subject,
  { admission }: Arrival,
): readonly Remedy[] {
  const remedies = closingEdits(admission, subject, config).flatMap((edit) => {
    const { decision } = decideQuestion(applyEdit(config, edit), question, facts);
    return decision.effect === 'allow' ? [] : [{ edits: [edit], result: resultOf(decision) }];
  });
  return remedies.slice(0, MOST_REMEDIES);
}

function resultOf({ effect, code, reason }: Decision): Remedy['result'] {
  return { effect, code, reason };
}
