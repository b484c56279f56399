/**
 * What one asker reaches: a decision for every capability.
 *
 * @module
 */
import type { Decision, Effect } from '@portcullis/core';
import { verdict } from '../ingress/reasons.ts';
import { type Asker, type Variant, type Who, situationOf, whoIs } from './asker.ts';
import type { Capability } from './capability.ts';
import { type Arrival, type Judge, type Situation, unreached } from './judge.ts';

/** What somebody reaches under one config. */
export interface Reach {
  readonly who: Who;
  readonly situation: Situation;
  readonly arrival: Arrival;
  /** One for each capability, in their order. */
  readonly decisions: readonly Decision[];
}

/** What `asker` reaches of `all`. */
export function reachOf(
  judge: Judge,
  asker: Asker,
  variant: Variant,
  all: readonly Capability[],
): Reach {
  const situation = situationOf(judge, asker, variant);
  const arrival = judge.arrive(situation);
  const decisions = decideAll(judge, asker, situation, arrival, all);
  return { who: whoIs(judge, asker, arrival), situation, arrival, decisions };
}

function decideAll(
  judge: Judge,
  asker: Asker,
  situation: Situation,
  arrival: Arrival,
  all: readonly Capability[],
): readonly Decision[] {
  const speaks = arrival.agentId !== undefined;
  const tools = speaks ? judge.tools(situation, arrival) : undefined;
  const closed = speaks ? undefined : unreached(arrival);
  return all.map((capability) => {
    const { ask } = capability;
    if (ask.kind === 'speak') {
      const { admission } = arrival;
      return admission.effect === 'allow' ? (closed ?? admission) : admission;
    }
    if (ask.kind === 'command') return command(judge, asker, situation, arrival, ask.name);
    if (closed !== undefined) return closed;
    const plain = ask.probe.action === undefined && ask.probe.messageTarget === undefined;
    const known = plain ? tools?.get(ask.tool) : undefined;
    return judge.call(situation, arrival, ask.tool, ask.probe, known).decision;
  });
}

/** Operators give commands with whatever scope they speak with; jobs and hooks give none. */
function command(
  judge: Judge,
  asker: Asker,
  situation: Situation,
  arrival: Arrival,
  name: string,
): Decision {
  if (asker.kind === 'channel') {
    const decision = judge.command(situation, name);
    // A stranger's command leads to a pairing code as any of his messages does, and runs nothing.
    return decision.effect === 'pair' ? { ...decision, effect: 'deny' } : decision;
  }
  return asker.door === 'operator'
    ? arrival.admission
    : verdict.deny('command.unauthorized', '<default>commands');
}

/** What a person sees of an effect: `ignore` and `deny` are the same from outside. */
export function shownEffect(effect: Effect): 'allow' | 'ask' | 'pair' | 'deny' {
  return effect === 'ignore' ? 'deny' : effect;
}
