/**
 * What a session has seen, in the invariants and in the decisions.
 *
 * @module
 */
import type { Decision } from '@portcullis/core';
import { opennessOf } from '../combine.ts';
import type { Capability } from '../explain/capability.ts';
import { subsets } from '../explain/id-class.ts';
import { type Judge, unreached } from '../explain/judge.ts';
import type { Reach } from '../explain/reach.ts';
import { type FlowLabel, type PrivateClass, isBelow, joinLabels, taintOf } from '../flow/label.ts';
import type { Seen } from './invariant.ts';

/** Somebody else's conversation stands for every other one: decisions ask only who was in it. */
const OTHER_CONVERSATION: PrivateClass = 'conv:another session';
const CLASSES: readonly PrivateClass[] = ['memory', 'secret', 'workspace', OTHER_CONVERSATION];

/** Every label that decisions can tell apart. */
const LABELS: readonly FlowLabel[] = ([0, 1, 2, 3] as const).flatMap((u) =>
  subsets(CLASSES).map((P) => joinLabels({ u, P }, { u: 0, P: [] })),
);

/** The answer under the label that lets most through. */
export interface LabelledDecision {
  readonly decision: Decision;
  /** Undefined when the message alone was enough. */
  readonly label?: FlowLabel;
}

/** The labels an invariant is about. */
export class Labels {
  readonly #least: FlowLabel;
  readonly #isGiven: boolean;
  /** The most open label by requester and way out, for the judge it was asked of. */
  readonly #known: WeakMap<Judge, Map<string, FlowLabel>> = new WeakMap();

  constructor(seen: Seen | undefined) {
    const conversations = (seen?.private ?? []).map((each): PrivateClass =>
      each === 'conversation' ? OTHER_CONVERSATION : each,
    );
    const u = taintOf(seen?.from ?? 'owner');
    this.#least = joinLabels({ u, P: conversations }, { u: 0, P: [] });
    this.#isGiven = seen !== undefined;
  }

  /** The most open answer over every label that holds at least what must have been seen. */
  loosest(judge: Judge, reach: Reach, capability: Capability, column: number): LabelledDecision {
    const { ask } = capability;
    const { arrival, situation } = reach;
    const plain = reach.decisions[column] ?? unreached(arrival);
    const sink = ask.kind === 'tool' ? ask.probe.sink : undefined;
    if (ask.kind !== 'tool' || sink === undefined || arrival.agentId === undefined) {
      return { decision: plain };
    }
    // A refusal for another reason stands under every label.
    if (plain.effect === 'deny' && !plain.code.startsWith('flow.')) return { decision: plain };
    const own: FlowLabel = { u: taintOf(arrival.trust), P: [] };
    const known = this.#known.get(judge) ?? new Map<string, FlowLabel>();
    this.#known.set(judge, known);
    const key = `${arrival.trust} ${capability.id}`;
    const least = joinLabels(own, this.#least);
    const openness = (at: FlowLabel) => opennessOf(judge.flow(sink, arrival.trust, at));
    const label =
      known.get(key) ??
      LABELS.filter((each) => isBelow(least, each)).reduce(
        (best, each) => (openness(each) > openness(best) ? each : best),
        least,
      );
    known.set(key, label);
    if (!this.#isGiven && isBelow(label, own)) return { decision: plain };
    const call = judge.call({ ...situation, label }, arrival, ask.tool, ask.probe);
    return { decision: call.decision, label };
  }
}
