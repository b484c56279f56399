/**
 * Network logins, kept in the store, so that a login can move between gateways.
 *
 * @module
 */
import { type CredentialStore, type Table, defineTable } from '@portcullis/core';

import { type Kernel, commit } from '../kernel.ts';

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
