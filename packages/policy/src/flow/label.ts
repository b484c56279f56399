/**
 * Labels: what a session has seen, and from whom. They only ever rise.
 *
 * @module
 */
import type { TrustClass } from '@portcullis/core';
import { own } from '../setting.ts';

/** Worst origin of anything seen: 0 owner, 1 trusted, 2 member, 3 external. */
export type Taint = 0 | 1 | 2 | 3;

/** A class of private data: what it is, or whose conversation it comes from. */
export type PrivateClass = 'workspace' | 'memory' | 'secret' | `conv:${string}`;

/** The label of a session, or of something it made. */
export interface FlowLabel {
  readonly u: Taint;
  /** Sorted, each class once. */
  readonly P: readonly PrivateClass[];
}

const TAINTS: readonly Taint[] = [0, 1, 2, 3];
const KINDS: readonly PrivateClass[] = ['memory', 'secret', 'workspace'];
const CLASSES: readonly TrustClass[] = ['owner', 'trusted', 'member', 'external'];

/** Nothing seen yet. */
export const bottomLabel: FlowLabel = { u: 0, P: [] };

/**
 * Anything may have been seen. The class of secrets stands for every conversation too: nobody but
 * the owner is in its audience.
 */
export const topLabel: FlowLabel = { u: 3, P: KINDS };

/** The class of what was said in the conversation `key`. */
export function conversationClass(key: string): PrivateClass {
  return `conv:${key}`;
}

function isPrivateClass(value: unknown): value is PrivateClass {
  if (typeof value !== 'string') return false;
  return KINDS.some((kind) => kind === value) || (value.startsWith('conv:') && value.length > 5);
}

function sorted(classes: readonly PrivateClass[]): readonly PrivateClass[] {
  return [...new Set(classes)].toSorted();
}

/** The label with the worst origin and all the classes of both. */
export function joinLabels(left: FlowLabel, right: FlowLabel): FlowLabel {
  return { u: left.u > right.u ? left.u : right.u, P: sorted([...left.P, ...right.P]) };
}

/** True when `left` is no more than `right`. */
export function isBelow(left: FlowLabel, right: FlowLabel): boolean {
  return left.u <= right.u && left.P.every((each) => right.P.includes(each));
}

/** A label from outside; anything that is not exactly one counts as the top. */
export function readLabel(value: unknown): FlowLabel {
  const u = TAINTS.find((taint) => taint === own(value, 'u'));
  const classes = own(value, 'P');
  if (u === undefined || !Array.isArray(classes) || !classes.every(isPrivateClass)) {
    return topLabel;
  }
  return { u, P: sorted(classes) };
}

/** A class of people; anything unknown is external. */
export function readTrust(value: unknown): TrustClass {
  return CLASSES.find((each) => each === value) ?? 'external';
}

/** The taint of what somebody of that class wrote. */
export function taintOf(trust: TrustClass): Taint {
  return TAINTS[CLASSES.indexOf(trust)] ?? 3;
}

/** Private classes from outside; anything that is not a list of them counts as all. */
export function readClasses(value: unknown): readonly PrivateClass[] {
  if (value === undefined) return [];
  return Array.isArray(value) && value.every(isPrivateClass) ? sorted(value) : topLabel.P;
}
