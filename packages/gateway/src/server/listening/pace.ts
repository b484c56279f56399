/**
 * How many handshakes may fail in a second: of one client, and of all together.
 *
 * A handshake is paid for when it begins and paid back when it succeeds, so that clients who know
 * the way in never run out, however many they are, while those who do not are slowed down to what
 * they are given. One client's failures use up its own share long before the common one.
 *
 * @module
 */
import { LIMITS } from '@portcullis/protocol';

import { clientKey } from './client-key.ts';

/** A share that refills with time. */
interface Bucket {
  left: number;
  /** When `left` was true, milliseconds of a monotonic clock. */
  at: number;
}

/** How much a share holds, and how much of it comes back in a second. */
interface Share {
  readonly burst: number;
  readonly perSecond: number;
}

const COMMON: Share = { burst: LIMITS.handshakeBurst, perSecond: LIMITS.handshakesPerSecond };
const OWN: Share = {
  burst: LIMITS.handshakeBurstPerClient,
  perSecond: LIMITS.handshakesPerSecondPerClient,
};

const RESERVE: Share = {
  burst: LIMITS.handshakeReserve,
  perSecond: LIMITS.handshakeReservePerSecond,
};

/** How long the address counts at which a paired device proved itself. */
const KNOWN_MS = 24 * 3_600_000;
/** Most such addresses. The one that was used longest ago makes room. */
const MOST_KNOWN = 4096;

/** Clients that are remembered. One whose share is full again is forgotten first. */
const REMEMBERED = 8192;

function refill(bucket: Bucket, { burst, perSecond }: Share, now: number): void {
  bucket.left = Math.min(burst, bucket.left + ((now - bucket.at) / 1000) * perSecond);
  bucket.at = now;
}

/** Counts handshakes. */
export class Pace {
  readonly #clients: Map<string, Bucket> = new Map();
  readonly #all: Bucket;
  readonly #reserve: Bucket;
  /** When a paired device last proved itself, by its address; the latest last. */
  readonly #known: Map<string, number> = new Map();
  readonly #now: () => number;

  /** `now` is a clock in milliseconds that never goes back. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#all = { left: COMMON.burst, at: now() };
    this.#reserve = { left: RESERVE.burst, at: now() };
  }

  /**
   * Takes one handshake out of the client's share and the common one, or the reserve where it may.
   * False: there is none left.
   */
  take(address: string): boolean {
    const now = this.#now();
    const key = clientKey(address);
    const client = this.#bucket(key, now);
    refill(client, OWN, now);
    refill(this.#all, COMMON, now);
    refill(this.#reserve, RESERVE, now);
    const shared = this.#all.left < 1 && this.#isKnown(key) ? this.#reserve : this.#all;
    if (client.left < 1 || shared.left < 1) return false;
    client.left -= 1;
    shared.left -= 1;
    return true;
  }

  /** Gives back what a handshake that succeeded took. `isDevice`: a paired device proved itself. */
  giveBack(address: string, isDevice: boolean = false): void {
    const key = clientKey(address);
    const client = this.#clients.get(key);
    if (client !== undefined) {
      client.left = Math.min(OWN.burst, client.left + 1);
    }
    // What is missing in the reserve was taken by one of those: to the common share, it is a stranger's.
    const reserved = this.#isKnown(key) && this.#reserve.left < RESERVE.burst;
    const [shared, { burst }] = reserved ? [this.#reserve, RESERVE] : [this.#all, COMMON];
    shared.left = Math.min(burst, shared.left + 1);
    if (isDevice) this.#know(key);
  }

  #know(key: string): void {
    this.#known.delete(key);
    this.#known.set(key, this.#now());
    const [oldest] = this.#known.keys();
    if (this.#known.size > MOST_KNOWN && oldest !== undefined) this.#known.delete(oldest);
  }

  #isKnown(key: string): boolean {
    const at = this.#known.get(key);
    return at !== undefined && this.#now() - at < KNOWN_MS;
  }

  /** Whether a paired device proved itself at an address, within a day. */
  knows(address: string): boolean {
    return this.#isKnown(clientKey(address));
  }

  /** How many clients are remembered. */
  get remembered(): number {
    return this.#clients.size;
  }

  #bucket(key: string, now: number): Bucket {
    const known = this.#clients.get(key);
    if (known !== undefined) return known;
    if (this.#clients.size >= REMEMBERED) this.#forget(now);
    const bucket = { left: OWN.burst, at: now };
    this.#clients.set(key, bucket);
    return bucket;
  }

  /** Makes room: for everybody whose share is full again, else for half of the oldest. */
  #forget(now: number): void {
    for (const [key, bucket] of this.#clients) {
      refill(bucket, OWN, now);
      if (bucket.left >= OWN.burst) this.#clients.delete(key);
    }
    if (this.#clients.size < REMEMBERED) return;
    for (const key of [...this.#clients.keys()].slice(0, REMEMBERED / 2)) this.#clients.delete(key);
  }
}
