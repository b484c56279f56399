/**
 * Network logins, kept in the store, so that a login can move between gateways.
 *
 * @module
 */
import { type CredentialStore, type Table, defineTable } from '@portcullis/core';

import { type Kernel, commit } from '../kernel.ts';

/** Records read at one time. */
const PAGE = 500;

/** Login state by `[channel, account, key]`. */
export const credentialsTable: Table<{ readonly value: string }> = defineTable<{
  readonly value: string;
}>('credentials');

/** The login of one channel account. */
export class CredentialTable implements CredentialStore {
  readonly #kernel: Kernel;
  readonly #channel: string;
  readonly #accountId: string;

  constructor(kernel: Kernel, channel: string, accountId: string) {
    this.#kernel = kernel;
    this.#channel = channel;
    this.#accountId = accountId;
  }

  async get(key: string): Promise<string | undefined> {
    const row = await this.#kernel.store.transact((tx) => tx.get(credentialsTable, this.#key(key)));
    return row?.value;
  }

  /** Writes all entries in one transaction; an undefined value deletes. */
  async set(entries: Readonly<Record<string, string | undefined>>): Promise<void> {
    await commit(this.#kernel, (tx) => {
      for (const [key, value] of Object.entries(entries)) {
        if (value === undefined) tx.delete(credentialsTable, this.#key(key));
        else tx.put(credentialsTable, this.#key(key), { value });
      }
    });
  }

  #key(key: string): string {
    return JSON.stringify([this.#channel, this.#accountId, key]);
  }
}

/** Deletes what an account keeps of its login. Resolves with whether there was anything. */
export async function forgetLogin(
  kernel: Kernel,
  channel: string,
  accountId: string,
): Promise<boolean> {
  return await commit(kernel, async (tx) => {
    let gone = 0;
    let above = 0;
    for (;;) {
      const page = await tx.find(credentialsTable, { above, limit: PAGE });
      for (const { key, seq } of page) {
        above = seq;
        // Keys are ours, written by `CredentialTable`.
        const [ofChannel, ofAccount] = JSON.parse(key) as readonly string[];
        if (ofChannel !== channel || ofAccount !== accountId) continue;
        tx.delete(credentialsTable, key);
        gone += 1;
      }
      if (page.length < PAGE) return gone > 0;
    }
  });
}
