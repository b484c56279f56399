/**
 * Connections nobody has vouched for yet: how many there may be, of one address and of all.
 *
 * A connection is a stranger from the moment it is accepted until it is closed or has
 * authenticated. Where all places are taken, the address that holds most of them gives one up: many
 * connections of one client never keep another one out.
 *
 * @module
 */
import type { Socket } from 'node:net';

import { LIMITS } from '@portcullis/protocol';

import { clientKey } from './client-key.ts';

/** The strangers of one server. */
export class Strangers {
  readonly #clients: Map<string, Map<string, Socket>> = new Map();
  #count = 0;

  /** How many there are. */
  get count(): number {
    return this.#count;
  }

  /** Takes a new connection in, or drops it. */
  admit(socket: Socket): void {
    const key = keyOf(socket);
    const own = this.#clients.get(key)?.size ?? 0;
    const full = own >= LIMITS.strangersPerClient;
    if (full || (this.#count >= LIMITS.strangers && !this.#makeRoom(own))) {
      socket.destroy();
      return;
    }
    const places = this.#clients.get(key) ?? new Map();
    const place = placeOf(socket);
    this.#clients.set(key, places.set(place, socket));
    this.#count += 1;
    socket.once('close', () => this.#leave(key, place));
  }

  /** Somebody vouches for the connection: its place is free. */
  release(socket: Socket): void {
    this.#leave(keyOf(socket), placeOf(socket));
  }

  #leave(key: string, place: string): void {
    const places = this.#clients.get(key);
    if (places?.delete(place) !== true) return;
    this.#count -= 1;
    if (places.size === 0) this.#clients.delete(key);
  }

  /** Drops the newest stranger of whoever holds more places than the newcomer would. */
  #makeRoom(own: number): boolean {
    let key = '';
    let largest: Map<string, Socket> | undefined;
    for (const [each, places] of this.#clients) {
      if (places.size > (largest?.size ?? own + 1)) [key, largest] = [each, places];
    }
    const [place, newest] = [...(largest ?? [])].at(-1) ?? [];
    if (place === undefined || newest === undefined) return false;
    this.#leave(key, place);
    newest.destroy();
    return true;
  }
}

/**
 * Whose share a connection takes, door by door: whoever comes through tailscaled comes from this
 * machine, and must not use up what its own programs have.
 */
function keyOf({ remoteAddress = '', localPort = 0 }: Socket): string {
  return `${clientKey(remoteAddress)} ${localPort}`;
}

/** A connection by its two ends: over TLS, what is read from is not the socket that was accepted. */
function placeOf({ remoteAddress = '', remotePort = 0, localPort = 0 }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localPort}`;
}
