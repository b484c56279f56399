/**
 * Claims about those who answer pairing requests: one owner is made at most, and guessing codes
 * locks the one who guesses.
 *
 * @module
 */
import { type PairingActor, type PairingState, emptyPairing } from '../../../src/pairing/state.ts';
import { pairingTransition } from '../../../src/pairing/transition.ts';
import { type Claim, explore } from '../explorer.ts';
import { codeOf, drawOf } from '../pairing-world.ts';

const pairing = ['operator.pairing'];
const admin = ['operator.admin'];

/** Whether the rule lets the actor make an owner. */
const ACTORS: readonly { readonly actor: PairingActor; readonly mayBootstrap: boolean }[] = [
  { actor: { id: 'local', kind: 'cli', local: true, scopes: pairing }, mayBootstrap: false },
  {
    actor: { id: 'owner', kind: 'cli', local: true, scopes: pairing, bootstrapOwner: true },
    mayBootstrap: true,
  },
  {
    actor: { id: 'remote', kind: 'cli', local: false, scopes: admin, bootstrapOwner: true },
    mayBootstrap: false,
  },
  { actor: { id: 'page', kind: 'ui', scopes: admin }, mayBootstrap: false },
  { actor: { id: 'page!', kind: 'ui', scopes: admin, bootstrapOwner: true }, mayBootstrap: true },
  {
    actor: { id: 'chat', kind: 'chat', scopes: admin, bootstrapOwner: true },
    mayBootstrap: false,
  },
];

interface Owners {
  readonly pairing: PairingState;
  readonly owners: readonly string[] | null;
  readonly drawn: number;
  readonly made: number;
  /** Whether the gateway was ever seen with an owner. */
  readonly settled: boolean;
}

type OwnerStep =
  | { readonly do: 'request' | 'revoke'; readonly sender: string }
  | { readonly do: 'approve'; readonly code: string; readonly by: number }
  | { readonly do: 'own'; readonly owners: readonly string[] };

function ownerStep(world: Owners, step: OwnerStep): { state: Owners; broken?: string } {
  if (step.do === 'own') return { state: { ...world, owners: step.owners } };
  const { actor, mayBootstrap } = ACTORS[step.do === 'approve' ? step.by : 0] ?? {};
  if (actor === undefined) throw new Error('no actor');
  const action =
    step.do === 'approve'
      ? { op: 'approve' as const, code: step.code, actor }
      : { op: step.do, sender: step.sender, actor };
  const { state: after, decision } = pairingTransition(world.pairing, action, {
    now: 0,
    ownerAllowFrom: world.owners ?? undefined,
    draw: [drawOf(world.drawn)],
  });
  const made = decision.obligations?.find((each) => each.startsWith('set_owner:'));
  const listed = (world.owners ?? []).length > 0;
  const state = {
    pairing: after,
    owners: made === undefined ? world.owners : [made.slice('set_owner:'.length)],
    drawn: world.drawn + (decision.code === 'pairing.created' ? 1 : 0),
    made: world.made + (made === undefined ? 0 : 1),
    settled:
      world.settled || made !== undefined || (listed && decision.code === 'pairing.approved'),
  };
  if (made === undefined) return { state };
  if (world.settled) return { state, broken: 'a second owner was made' };
  if (listed) return { state, broken: 'an owner was made although some are listed' };
  return mayBootstrap === true ? { state } : { state, broken: `${actor.id} made an owner` };
}

function ownerActions({ drawn }: Owners): readonly OwnerStep[] {
  const codes = Array.from({ length: drawn }, (_, index) => codeOf(index));
  return [
    ...['1', '2', '3'].map((sender) => ({ do: 'request' as const, sender })),
    ...codes.flatMap((code) => ACTORS.map((_, by) => ({ do: 'approve' as const, code, by }))),
    ...['1', '2'].map((sender) => ({ do: 'revoke' as const, sender })),
    ...[[], ['*'], ['telegram:9']].map((owners) => ({ do: 'own' as const, owners })),
  ];
}

/** One owner at most is ever made by an approval. */
export const bootstrap: Claim = {
  id: 'P6',
  sentence: 'one owner at most is made by approval, by a local operator who says so',
  bounds:
    '3 senders, 6 actors, owner list unset, [], ["*"], ["telegram:9"] at any time; depth 6. Long: depth 8',
  check(run) {
    const start = { pairing: emptyPairing('telegram'), drawn: 0, made: 0, settled: false };
    explore<Owners, OwnerStep>(
      {
        initial: [null, [], ['*'], ['telegram:9']].map((owners) => ({ ...start, owners })),
        depth: run.long ? 8 : 6,
        actions: ownerActions,
        step: ownerStep,
      },
      run,
    );
  },
};

const LOCK_MS = 300_000;
const WINDOW_MS = 60_000;
const CLOCK = [0, 1, 59_999, 60_000, 300_000, 300_001, 359_999, 360_001];

interface Guessing {
  readonly pairing: PairingState;
  readonly tick: number;
  /** Times of wrong codes since the last right one or lock, and the end of the lock. */
  readonly wrong: readonly number[];
  readonly lockedUntil: number;
}

const guesser: PairingActor = { id: 'guesser', kind: 'cli', scopes: pairing };
const bystander: PairingActor = { id: 'bystander', kind: 'cli', scopes: pairing };
const RIGHT = codeOf(0);
const WRONG = codeOf(9);

function guess(state: PairingState, actor: PairingActor, code: string, now: number) {
  return pairingTransition(state, { op: 'approve', code, actor }, { now, ownerAllowFrom: ['*'] });
}

function guessStep(world: Guessing, code: string): { state: Guessing; broken?: string } {
  if (code === 'tick') return { state: { ...world, tick: world.tick + 1 } };
  const now = CLOCK[world.tick] ?? 0;
  const { decision, state: after } = guess(world.pairing, guesser, code, now);
  if (guess(after, bystander, RIGHT, now).decision.effect !== 'allow' && code === WRONG) {
    return { state: world, broken: 'somebody else was locked out' };
  }
  if (now < world.lockedUntil) {
    const refused = decision.code === 'pairing.rate_limited';
    return refused ? { state: world } : { state: world, broken: 'a code was compared in a lock' };
  }
  if (code === RIGHT) {
    const broken = decision.effect === 'allow' ? undefined : 'a right code was refused';
    // The request is put back, so that the right code stays right.
    const state = { ...world, wrong: [], lockedUntil: 0, pairing: waitingForOne };
    return broken === undefined ? { state } : { state, broken };
  }
  const wrong = [...world.wrong.filter((at) => now - at < WINDOW_MS), now];
  if (decision.code !== 'pairing.code.not_found') return { state: world, broken: 'not compared' };
  if (wrong.length > 10) return { state: world, broken: 'an eleventh wrong code was compared' };
  const locked = wrong.length === 10;
  const lockedUntil = locked ? now + LOCK_MS : 0;
  return { state: { ...world, pairing: after, wrong: locked ? [] : wrong, lockedUntil } };
}

const waitingForOne = pairingTransition(
  emptyPairing('telegram'),
  { op: 'request', sender: '1' },
  { now: 0, draw: [drawOf(0)] },
).state;

/** Ten wrong codes in a minute, and five minutes of silence after them. */
export const lockOut: Claim = {
  id: 'P7',
  sentence: 'ten wrong codes in a minute lock the actor for five minutes, and nobody else',
  bounds: 'codes right and wrong, clock 0, 1, 59 999 ... 360 001 ms, depth 26. Long: depth 30',
  check(run) {
    explore<Guessing, string>(
      {
        initial: [{ pairing: waitingForOne, tick: 0, wrong: [], lockedUntil: 0 }],
        depth: run.long ? 30 : 26,
        actions: ({ tick }) => [WRONG, RIGHT, ...(tick + 1 < CLOCK.length ? ['tick'] : [])],
        step: guessStep,
      },
      run,
    );
  },
};
