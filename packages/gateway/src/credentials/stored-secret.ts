/**
 * Secrets that are written down only as scrypt left them.
 *
 * Comparing with one takes a tenth of a second of a processor and tens of megabytes on purpose, so
 * it is done off the event loop, few at a time, and once per right secret: a wrong one is never
 * remembered, a right one as a keyed digest that is worth nothing outside this process.
 *
 * @module
 */
import { createHmac, randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

import type { StoredSecret } from '@portcullis/policy/exposure';

/** What new stored forms cost: 32 MiB, three passes. */
const COST = { logN: 15, r: 8, p: 3 } as const;

/** Comparisons at once; each holds a thread and its memory. */
const AT_ONCE = 2;

/** Comparisons that may wait for one. More come back later. */
const WAITING = 16;

/** Right secrets remembered; one per stored form that was in force. */
const REMEMBERED = 8;

const HASH_BYTES = 32;

function derive(secret: string, salt: Buffer, cost: Pick<StoredSecret, 'logN' | 'r' | 'p'>) {
  const options = { N: 2 ** cost.logN, r: cost.r, p: cost.p, maxmem: 512 * 1024 * 1024 };
  return new Promise<Buffer>((resolve, reject) => {
    scrypt(secret.normalize('NFKC'), salt, HASH_BYTES, options, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}

/** The stored form of a secret, `scrypt:<logN>:<r>:<p>:<salt>:<hash>`: what the config may hold in its place. */
export async function storeSecret(secret: string): Promise<string> {
  const salt = randomBytes(16);
  const hash = await derive(secret, salt, COST);
  const { logN, r, p } = COST;
  return ['scrypt', logN, r, p, salt.toString('base64url'), hash.toString('base64url')].join(':');
}

/** Compares offered secrets with stored forms. */
export class StoredSecrets {
  readonly #key: Buffer = randomBytes(32);
  readonly #right: Map<string, Buffer> = new Map();
  readonly #queue: (() => void)[] = [];
  #running = 0;

  /** Whether `offered` is what `stored` was made from; `busy` when too many are being compared. */
  async compare(offered: string, stored: StoredSecret): Promise<'match' | 'mismatch' | 'busy'> {
    const digest = createHmac('sha256', this.#key).update(offered, 'utf8').digest();
    const known = this.#right.get(nameOf(stored));
    if (known !== undefined && timingSafeEqual(known, digest)) return 'match';
    if (this.#running >= AT_ONCE && this.#queue.length >= WAITING) return 'busy';
    const hash = await this.#inTurn(() =>
      derive(offered, Buffer.from(stored.salt, 'base64url'), stored),
    );
    const expected = Buffer.from(stored.hash, 'base64url');
    if (expected.length !== hash.length || !timingSafeEqual(expected, hash)) return 'mismatch';
    this.#remember(nameOf(stored), digest);
    return 'match';
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= AT_ONCE) {
      await new Promise<void>((resolve) => this.#queue.push(resolve));
    } else {
      this.#running += 1;
    }
    try {
      return await work();
    } finally {
      const next = this.#queue.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }

  #remember(name: string, digest: Buffer): void {
    this.#right.set(name, digest);
    const [oldest] = this.#right.keys();
    if (this.#right.size > REMEMBERED && oldest !== undefined) this.#right.delete(oldest);
  }
}

function nameOf({ logN, r, p, salt, hash }: StoredSecret): string {
  return [logN, r, p, salt, hash].join(':');
}
