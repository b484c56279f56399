/**
 * Two clients of one store, each transition split into reading, deciding and writing. A unit of
 * work holds the store from its reading to its writing; that is the store's promise, modelled here
 * so that its necessity can be shown.
 *
 * @module
 */
import { type PairingAction, type PairingState, emptyPairing } from '../../src/pairing/state.ts';
import { type PairingResult, pairingTransition } from '../../src/pairing/transition.ts';
import { drawOf } from './pairing-world.ts';

/** Everything that is stored: pairing by channel, and the owners of the gateway. */
export interface Stored {
  readonly channels: Readonly<Record<string, PairingState>>;
  readonly owners: readonly string[];
}

/** One thing a client does. */
export interface Work {
  readonly channel: string;
  readonly action: PairingAction;
  /** Which code a new request draws. */
  readonly draw: number;
}

/** A client in the middle of its work. */
export interface Client {
  readonly todo: readonly Work[];
  /** What it read, from reading to writing. */
  readonly read: Stored | null;
  /** Owners read before the unit of work began. */
  readonly owners: readonly string[] | null;
}

/** Both clients, what is stored, and the owners made so far. */
export interface Clients {
  readonly stored: Stored;
  readonly clients: readonly [Client, Client];
  readonly made: readonly string[];
}

const HOLDS_STORE = true;
const OWNERS_INSIDE = true;

function decide({ channel, action, draw }: Work, read: Stored): PairingResult {
  const state = read.channels[channel] ?? emptyPairing(channel);
  const facts = { now: 0, draw: [drawOf(draw)], ownerAllowFrom: read.owners };
  return pairingTransition(state, action, facts);
}

function withClient(world: Clients, index: 0 | 1, client: Client): Clients {
  const [first, second] = world.clients;
  return { ...world, clients: index === 0 ? [client, second] : [first, client] };
}

/** Whether the client can take its next step now. */
export function canStep({ clients }: Clients, index: 0 | 1): boolean {
  const other = clients[index === 0 ? 1 : 0];
  if (clients[index].todo.length === 0) return false;
  return !HOLDS_STORE || other.read === null;
}

/** The client's next step: read the owners, read the rest, or decide and write. */
export function stepClient(world: Clients, index: 0 | 1): Clients {
  const client = world.clients[index];
  const [work, ...rest] = client.todo;
  if (work === undefined) return world;
  const { stored } = world;
  if (client.owners === null && !OWNERS_INSIDE) {
    return withClient(world, index, { ...client, owners: stored.owners });
  }
  if (client.read === null) {
    const read = { ...stored, owners: client.owners ?? stored.owners };
    return withClient(world, index, { ...client, read });
  }
  const { state, decision } = decide(work, client.read);
  const owner = decision.obligations?.find((each) => each.startsWith('set_owner:'));
  const channels = HOLDS_STORE ? stored.channels : client.read.channels;
  const written = {
    stored: {
      channels: { ...channels, [work.channel]: state },
      owners: owner === undefined ? stored.owners : [...stored.owners, owner],
    },
    clients: world.clients,
    made: owner === undefined ? world.made : [...world.made, owner],
  };
  return withClient(written, index, { todo: rest, read: null, owners: null });
}
