/**
 * How a capability bounds the run that carries it.
 *
 * @module
 */
import type { Decision, Event, Principal, TrustClass } from '@portcullis/core';
import { taintOf } from '@portcullis/policy/flow';

import { type Maker, capabilityOf } from '../capabilities/capabilities.ts';
import type { Kernel } from '../kernel.ts';
import type { InboxRun } from './inbox.ts';
import type { ToolFacts } from './tool-facts.ts';

/** Kinds of events that act on a capability, never on somebody's presence. */
const BEARERS: ReadonlySet<string> = new Set(['hook', 'cron', 'subagent']);

/** What a run may be at most, and the refusal where its event may not run at all. */
export interface Bearing {
  readonly decision?: Decision;
  readonly trust?: TrustClass;
}

/** Checks the capability of an event. Nothing is found for events that need none. */
export function bearingOf(kernel: Kernel, event: Event): Bearing {
  if (!BEARERS.has(event.kind)) return {};
  const { origin } = event;
  const decision = kernel.capabilities.check(origin?.capability, holderOf(event));
  return decision.effect === 'allow' && decision.value !== undefined
    ? { trust: decision.value.trust }
    : { decision };
}

/** Who may use the capability that an event carries. */
export function holderOf({ kind, origin }: Pick<Event, 'kind' | 'origin'>): string {
  return `${kind}:${origin?.id ?? ''}`;
}

/** The part of a run that its event's capability decides. */
export function bornBy(
  event: Event,
  admission: { readonly principal: Principal; readonly isOwner: boolean },
  { trust }: Bearing,
): Pick<InboxRun, 'principal' | 'isOwner' | 'capability'> {
  const capability = BEARERS.has(event.kind) ? capabilityOf(event.origin?.capability) : undefined;
  const { principal, isOwner } = admission;
  const isWeaker = trust !== undefined && taintOf(trust) > taintOf(principal.trust);
  return {
    principal: isWeaker ? { ...principal, trust } : principal,
    isOwner: isOwner && !isWeaker,
    ...(capability === undefined ? {} : { capability }),
  };
}

/** Where a maker of a capability stood, so that policy can be asked about him again. */
export interface MakerScope {
  readonly agentId: string;
  readonly isOwner: boolean;
  readonly facts: ToolFacts;
}

/** A run as the maker of a capability. */
export function makerOf(run: InboxRun, facts: ToolFacts): Maker {
  const { agentId, isOwner, principal, capability } = run;
  const scope: MakerScope = { agentId, isOwner, facts };
  return { principal, scope, ...(capability === undefined ? {} : { capability }) };
}

/** The refusal of a tool by the capability of a run, or where each of its makers stood. */
export function makersOf(
  kernel: Kernel,
  { capability }: InboxRun,
  tool: string,
): Decision | { readonly depth: number; readonly makers: readonly MakerScope[] } | undefined {
  if (capability === undefined) return undefined;
  const holder = capability.blocks.at(-1)?.holder ?? '';
  const decision = kernel.capabilities.check(capability, holder, tool);
  if (decision.effect !== 'allow' || decision.value === undefined) return decision;
  const { depth, scopes } = decision.value;
  // Signed by this gateway with the shape it was given.
  return { depth, makers: scopes as readonly MakerScope[] };
}
