/**
 * Pairing as a machine: a clock that moves forward, senders who ask, actors who answer, and the
 * shipped transition in between. Claims add what they remember and what must hold.
 *
 * Senders are interchangeable, so a sender asks only after the one before him has asked.
 *
 * @module
 */
import {
  type PairingAction,
  type PairingActor,
  type PairingState,
  emptyPairing,
} from '../../src/pairing/state.ts';
import { type PairingResult, pairingTransition } from '../../src/pairing/transition.ts';
import type { Machine } from './explorer.ts';

export const TTL_MS = 3_600_000;
const ALPHABET = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789';

/** The code of the n-th request that gets one. */
export function codeOf(index: number): string {
  return `${ALPHABET.charAt(index)}AAAAAAA`;
}

/** The random bytes that draw {@link codeOf}. */
export function drawOf(index: number): readonly number[] {
  return [index, 0, 0, 0, 0, 0, 0, 0];
}

export const operator: PairingActor = {
  id: 'op',
  kind: 'cli',
  local: true,
  scopes: ['operator.pairing'],
};
export const chatPeer: PairingActor = { id: 'peer', kind: 'chat', scopes: ['operator.pairing'] };
export const reader: PairingActor = { id: 'ui', kind: 'ui', scopes: ['operator.read'] };

/** A pending request, wherever it waits. */
export interface Waiting {
  readonly account: string;
  readonly id: string;
  readonly code: string;
  readonly createdAt: number;
}

/** All requests in `state`, read without the package's own functions. */
export function waiting(state: PairingState): readonly Waiting[] {
  return Object.entries(state.accounts).flatMap(([account, { pending }]) =>
    pending.map(({ id, code, createdAt }) => ({ account, id, code, createdAt })),
  );
}

/** The requests whose hour is not over, by the words of the rule. */
export function liveAt(state: PairingState, now: number): readonly Waiting[] {
  return waiting(state).filter(({ createdAt }) => now - createdAt <= TTL_MS);
}

/** The machine's state: the package's, the clock's hand, and what a claim remembers. */
export interface World<Ghost> {
  readonly pairing: PairingState;
  readonly tick: number;
  /** Codes drawn so far. */
  readonly drawn: number;
  /** Senders who have asked so far. */
  readonly seen: number;
  readonly ghost: Ghost;
}

/** A step: the clock's, or one of the package's. */
export type Step = { readonly op: 'tick' } | PairingAction;

/** One step as a claim judges it. */
export interface Observed<Ghost> {
  readonly before: PairingState;
  readonly now: number;
  readonly action: PairingAction;
  readonly decision: PairingResult['decision'];
  readonly after: PairingState;
  readonly ghost: Ghost;
}

/** The bounds of a search, and the claim. */
export interface PairingBounds<Ghost> {
  readonly accounts: readonly string[];
  readonly senders: number;
  readonly times: readonly number[];
  readonly actors: readonly PairingActor[];
  readonly depth: number;
  readonly ghost: Ghost;
  judge(step: Observed<Ghost>): { readonly ghost: Ghost; readonly broken?: string | undefined };
}

function* actionsOf<Ghost>(
  { seen, drawn, tick }: World<Ghost>,
  { accounts, senders, actors, times }: PairingBounds<Ghost>,
): Generator<Step> {
  const known = Array.from({ length: Math.min(senders, seen + 1) }, (_, index) => `${index + 1}`);
  for (const accountId of accounts) {
    for (const sender of known) yield { op: 'request', sender, accountId };
  }
  // The code after the last one drawn is a wrong one.
  for (const actor of actors) {
    for (let index = 0; index <= drawn; index += 1) {
      yield { op: 'approve', code: codeOf(index), actor };
    }
  }
  const [actor] = actors;
  if (actor !== undefined) {
    for (let index = 0; index < drawn; index += 1) {
      yield { op: 'reject', code: codeOf(index), actor, mute: false };
    }
    for (const sender of known.slice(0, seen)) {
      yield { op: 'revoke', sender, actor };
      // Naming the sender turns him down for a day; naming the code turns this request down.
      yield { op: 'reject', id: sender, actor };
    }
  }
  if (tick + 1 < times.length) yield { op: 'tick' };
}

/** The machine of `bounds`. */
export function pairingMachine<Ghost>(bounds: PairingBounds<Ghost>): Machine<World<Ghost>, Step> {
  const pairing = emptyPairing('telegram');
  return {
    initial: [{ pairing, tick: 0, drawn: 0, seen: 0, ghost: bounds.ghost }],
    depth: bounds.depth,
    actions: (world) => [...actionsOf(world, bounds)],
    step(world, action) {
      if (action.op === 'tick') return { state: { ...world, tick: world.tick + 1 } };
      const now = bounds.times[world.tick] ?? 0;
      const before = world.pairing;
      const draw = [drawOf(world.drawn)];
      const { state: after, decision } = pairingTransition(before, action, { now, draw });
      const asker = action.op === 'request' ? Number(action.sender) : 0;
      const { ghost, broken } = bounds.judge({
        before,
        now,
        action,
        decision,
        after,
        ghost: world.ghost,
      });
      const state = {
        pairing: after,
        tick: world.tick,
        drawn: world.drawn + (decision.code === 'pairing.created' ? 1 : 0),
        seen: Math.max(world.seen, asker),
        ghost,
      };
      return broken === undefined ? { state } : { state, broken };
    },
  };
}
