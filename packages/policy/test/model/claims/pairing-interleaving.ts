/**
 * The claim about two clients at once. That a real store keeps its promise is tested with the
 * stores; here it is shown that the promise is enough, and needed.
 *
 * @module
 */
import { type PairingState, emptyPairing } from '../../../src/pairing/state.ts';
import { pairingTransition } from '../../../src/pairing/transition.ts';
import { type Claim, type Run, canonical, explore, product } from '../explorer.ts';
import { codeOf, drawOf, operator } from '../pairing-world.ts';
import { type Clients, type Stored, type Work, canStep, stepClient } from '../two-clients.ts';

const owner = { ...operator, bootstrapOwner: true };
const request = (channel: string, sender: string, draw: number): Work => ({
  channel,
  draw,
  action: { op: 'request', sender },
});
const approve = (channel: string, code: number): Work => ({
  channel,
  draw: 31,
  action: { op: 'approve', code: codeOf(code), actor: owner },
});

function ask(state: PairingState, sender: string, draw: number): PairingState {
  const facts = { now: 0, draw: [drawOf(draw)] };
  return pairingTransition(state, { op: 'request', sender }, facts).state;
}

/** Two requests wait on Telegram, one on Discord. */
function startingPoint(): Stored {
  const telegram = ask(ask(emptyPairing('telegram'), '1', 0), '2', 1);
  const discord = ask(emptyPairing('discord'), '100001', 2);
  return { channels: { telegram, discord }, owners: [] };
}

const FIRST = [request('telegram', '3', 3), approve('telegram', 0), approve('telegram', 1)];
const SECOND = [request('telegram', '4', 4), approve('telegram', 0), approve('discord', 2)];

function begin(first: readonly Work[], second: readonly Work[]): Clients {
  const idle = { read: null, owners: null };
  return {
    stored: startingPoint(),
    clients: [
      { ...idle, todo: first },
      { ...idle, todo: second },
    ],
    made: [],
  };
}

/** Where the units of work lead when one runs after the other, in every order. */
function serialEnds(world: Clients, ends: Set<string>): void {
  let done = true;
  for (const index of [0, 1] as const) {
    const left = world.clients[index].todo.length;
    if (left === 0) continue;
    done = false;
    let next = world;
    while (next.clients[index].todo.length === left) next = stepClient(next, index);
    serialEnds(next, ends);
  }
  if (done) ends.add(canonical(world.stored));
}

function judge(world: Clients, serial: ReadonlySet<string>): string | undefined {
  if (world.made.length > 1) return 'two owners were made';
  const full = Object.values(world.stored.channels).some((channel) =>
    Object.values(channel.accounts).some(({ pending }) => pending.length > 3),
  );
  if (full) return 'more than three requests wait';
  const finished = world.clients.every(({ todo }) => todo.length === 0);
  return finished && !serial.has(canonical(world.stored))
    ? 'the outcome is that of no order of the units of work'
    : undefined;
}

function interleave(first: readonly Work[], second: readonly Work[], run: Run): void {
  const start = begin(first, second);
  const serial = new Set<string>();
  serialEnds(start, serial);
  explore<Clients, 0 | 1>(
    {
      initial: [start],
      depth: 18,
      actions: (world) => ([0, 1] as const).filter((index) => canStep(world, index)),
      step(world, index) {
        const state = stepClient(world, index);
        const broken = judge(state, serial);
        return broken === undefined ? { state } : { state, broken };
      },
    },
    run,
  );
}

/** Two clients are as good as one after the other. */
export const interleaving: Claim = {
  id: 'P2',
  sentence: 'two clients whose units of work hold the store act like one after the other',
  bounds:
    'two clients, up to three units of work each out of six on two channels, every interleaving of reading and writing',
  check(run) {
    for (const [a, b] of product(FIRST, SECOND)) interleave([a], [b], run);
    for (const [a, b, c, d] of product(FIRST, FIRST, SECOND, SECOND)) {
      interleave([a, b], [c, d], run);
    }
    interleave(FIRST, SECOND, run);
    interleave(FIRST.toReversed(), SECOND, run);
    interleave(FIRST, SECOND.toReversed(), run);
  },
};
