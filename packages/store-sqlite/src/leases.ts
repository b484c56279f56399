/**
 * Leases of one store.
 *
 * The state folder has one owner, and the kernel takes it from a process that dies. So a lease here
 * needs no clock: its holder is alive exactly while the folder is ours. What must outlast the
 * process is the fence, which rises with every holder and is never used twice.
 *
 * @module
 */
import { type Lease, PortcullisError, type Tx, defineTable } from '@portcullis/core';

import { LEASE_TABLE } from './schema.ts';

interface LeaseRecord {
  readonly fence: number;
  readonly holder?: string;
}

const leaseTable = defineTable<LeaseRecord>(LEASE_TABLE.name);

/** Runs a unit of work. */
export type Transact = <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;

/** Gives out leases and lets go of them. */
export class Leases {
  readonly #transact: Transact;
  readonly #holder: string;
  readonly #held = new Map<Lease, AbortController>();

  constructor(transact: Transact, holder: string) {
    this.#transact = transact;
    this.#holder = holder;
  }

  /** Takes a lease. Throws `store.leased` while it is held. */
  async take(name: string): Promise<Lease> {
    const fence = await this.#transact(async (tx) => {
      const record = await tx.get(leaseTable, name);
      if (record?.holder !== undefined) throw leasedError(name, record.holder);
      const next = (record?.fence ?? 0) + 1;
      tx.put(leaseTable, name, { fence: next, holder: this.#holder });
      return next;
    });
    const controller = new AbortController();
    const lease: Lease = {
      name,
      fence,
      lost: controller.signal,
      release: () => this.#release(lease),
    };
    this.#held.set(lease, controller);
    return lease;
  }

  /** Lets go of every lease, so that each can be taken at once by the next owner. */
  async releaseAll(): Promise<void> {
    for (const [lease, controller] of this.#held) {
      controller.abort();
      await this.#release(lease);
    }
  }

  /** Tells every holder that its lease is gone, without writing: the store cannot any more. */
  lose(): void {
    for (const controller of this.#held.values()) controller.abort();
    this.#held.clear();
  }

  async #release(lease: Lease): Promise<void> {
    if (!this.#held.delete(lease)) return;
    await this.#transact(async (tx) => {
      const record = await tx.get(leaseTable, lease.name);
      if (record?.fence === lease.fence) tx.put(leaseTable, lease.name, { fence: lease.fence });
    });
  }
}

function leasedError(name: string, holder: string): PortcullisError {
  return new PortcullisError('store.leased', `The lease "${name}" is held by ${holder}.`, {
    hint: 'Wait until its holder releases it or stops.',
    details: { holder },
    retryable: true,
  });
}
