/**
 * What runs that nobody is behind at the time may do: a sub-agent, a scheduled job, a webhook.
 *
 * Each carries a capability of whoever started it. It is checked at the gate and again at every call
 * of a tool, and it bounds the run twice: by the tools it names, and by what policy would let every
 * one of its makers do now.
 *
 * @module
 */
import { createHmac, randomBytes } from 'node:crypto';

import {
  type Json,
  type Lease,
  PortcullisError,
  type Principal,
  type Store,
  type Table,
  type Tx,
  type TrustClass,
  defineTable,
} from '@portcullis/core';
import {
  type Capability,
  type CapabilityDecision,
  attenuateCapability,
  mintCapability,
  verifyCapability,
} from '@portcullis/policy/capability';

/** A capability that was taken back. */
export interface RevocationRow {
  readonly at: number;
  /** Until then it has to be remembered. */
  readonly expiresAt: number;
}

/** What was taken back, by the id of the block. */
export const revocationsTable: Table<RevocationRow> = defineTable<RevocationRow>('revocations', {
  byExpiry: ['expiresAt'],
});

/** What is handed on. */
export interface Grant {
  /** `<event kind>:<origin id>` of the events that will carry it. */
  readonly holder: string;
  /** Names of tools. */
  readonly tools: readonly string[];
  readonly ttlMs: number;
}

/** Who hands it on. */
export interface Maker {
  readonly principal: Pick<Principal, 'id' | 'trust'>;
  /** What he acts on himself, where that was handed to him. */
  readonly capability?: Capability;
  /** Where he stood, JSON: what policy has to know to be asked about him again. */
  readonly scope?: unknown;
}

/** Woken when something was taken back. */
const TOPIC = 'revocations';
const LONGEST_MS = 400 * 24 * 3_600_000;

/** What capabilities stand on. */
export interface CapabilityGround {
  readonly store: Store;
  readonly lease: Lease;
  /** The gateway's own key: everything made with it is this gateway's. */
  readonly key: Uint8Array;
  readonly now: () => number;
}

/** Makes, checks and takes back the capabilities of one gateway. */
export class Capabilities {
  readonly #ground: CapabilityGround;
  readonly #key: Uint8Array;
  readonly #revoked = new Set<string>();
  /** The latest time seen: a clock that is set back revives nothing. */
  #latest = 0;

  constructor(ground: CapabilityGround) {
    this.#ground = ground;
    // The key's other use, the audit chain, must not be able to stand in for this one.
    this.#key = createHmac('sha256', ground.key).update('portcullis capabilities v1').digest();
  }

  /** Reads what was taken back, and goes on reading it. Resolves with the way to stop. */
  async open(): Promise<() => void> {
    await this.#load();
    return this.#ground.store.subscribe(TOPIC, () => void this.#load().catch(() => undefined));
  }

  /**
   * Hands on some of what its maker may do. Throws `capability.exceeds_parent` when the maker may not
   * do that much, `capability.expired` or `capability.revoked` when he may do nothing any more.
   */
  issue({ principal: { id, trust }, capability, scope }: Maker, grant: Grant): Capability {
    return this.#make(capability, { ...grant, issuer: id, trust, scope });
  }

  /** The capability of something the operator configured: a webhook. It acts for nobody. */
  issueConfigured(grant: Grant & { readonly issuer: string }): Capability {
    return this.#make(undefined, { ...grant, trust: 'external' });
  }

  /** Whether `holder` may act on it now, and with `tool` for one call. */
  check(capability: unknown, holder: string, tool?: string): CapabilityDecision {
    return verifyCapability(this.#key, capability, {
      holder,
      now: this.#clock(),
      revoked: this.#revoked,
      ...(tool === undefined ? {} : { tool }),
    });
  }

  /** Takes a capability back, and everything made from it, with the commit of `tx`. */
  revoke(tx: Tx, { blocks }: Capability): void {
    const last = blocks.at(-1);
    if (last === undefined) return;
    const { id, expiresAt } = last;
    tx.put(revocationsTable, id, { at: this.#clock(), expiresAt });
    tx.notify(TOPIC);
    // Refused from now on, even should the commit fail: what was to be taken back is not missed.
    this.#revoked.add(id);
  }

  /** Forgets what would be refused by its age alone. Returns how many. */
  async sweep(): Promise<number> {
    const { store, lease } = this.#ground;
    const before = this.#clock() - LONGEST_MS;
    return await store.transact(
      async (tx) => {
        const old = await tx.find(revocationsTable, {
          index: 'byExpiry',
          upTo: before,
          limit: 500,
        });
        for (const { key } of old) tx.delete(revocationsTable, key);
        return old.length;
      },
      { lease },
    );
  }

  #make(
    parent: Capability | undefined,
    from: Grant & {
      readonly issuer: string;
      readonly trust: TrustClass;
      readonly scope?: unknown;
    },
  ): Capability {
    const { holder, issuer, trust, tools, ttlMs, scope } = from;
    const now = this.#clock();
    const until = now + Math.min(ttlMs, LONGEST_MS);
    const ceiling = parent?.blocks.at(-1)?.expiresAt ?? until;
    const block = {
      id: randomBytes(16).toString('hex'),
      holder,
      issuer,
      trust,
      tools,
      issuedAt: now,
      expiresAt: Math.min(until, ceiling),
      ...(scope === undefined ? {} : { scope }),
    };
    if (parent === undefined) return mintCapability(this.#key, block);
    const own = this.check(parent, parent.blocks.at(-1)?.holder ?? '');
    if (own.effect !== 'allow') throw refused(own.code, own.reason);
    const { value, code, reason } = attenuateCapability(parent, block);
    if (value === undefined) throw refused(code, reason);
    return value;
  }

  async #load(): Promise<void> {
    const rows = await this.#ground.store.transact((tx) =>
      // Those that have longest to live matter most.
      tx.find(revocationsTable, { index: 'byExpiry', reverse: true, limit: 100_000 }),
    );
    for (const { key } of rows) this.#revoked.add(key);
  }

  #clock(): number {
    this.#latest = Math.max(this.#latest, this.#ground.now());
    return this.#latest;
  }
}

/** A capability read back from JSON; the check finds out what it is worth. */
export function capabilityOf(value: Json | undefined): Capability | undefined {
  return value === undefined ? undefined : (value as unknown as Capability);
}

function refused(code: string, reason: string): PortcullisError {
  return new PortcullisError(code, reason, {
    hint: 'Ask for less, or from a conversation of your own.',
  });
}
