/**
 * Reading and verifying the hash-chained audit log.
 *
 * @module
 */
import type { Json, LogLine, Store } from '@portcullis/core';

import { type AuditVerdict, CHAIN_PAGE, verifyChain } from './chain.ts';
import { AUDIT_LOG, type JournalEntry } from './journal.ts';
import type { AuditLine, AuditNote, AuditService } from '../services.ts';

/** The audit log as operators read it. */
export class AuditLog implements AuditService {
  readonly #store: Store;
  readonly #chainKey: Uint8Array;
  readonly #write: (entry: JournalEntry) => Promise<void>;

  /** `write` adds a line as the gateway that owns the log. */
  constructor(
    store: Store,
    chainKey: Uint8Array,
    write: (entry: JournalEntry) => Promise<void> = () => Promise.resolve(),
  ) {
    this.#store = store;
    this.#chainKey = chainKey;
    this.#write = write;
  }

  async note({ code, principal, effect = 'allow', facts = {} }: AuditNote): Promise<void> {
    await this.#write({ kind: 'operator', at: Date.now(), principal, effect, code, ...facts });
  }

  async log(
    options: { after?: number; limit?: number; last?: boolean } = {},
  ): Promise<readonly AuditLine[]> {
    const { limit = 100, last = false } = options;
    let after = options.after ?? 0;
    if (last) after = Math.max(after, (await this.#length()) - limit);
    const lines = await this.#store.readLog(AUDIT_LOG, { after, limit });
    return lines.map(toAuditLine);
  }

  async verify(options: { expectHead?: string } = {}): Promise<AuditVerdict> {
    const read = (after: number): Promise<readonly LogLine[]> =>
      this.#store.readLog(AUDIT_LOG, { after, limit: CHAIN_PAGE });
    return await verifyChain(read, this.#chainKey, options.expectHead);
  }

  /** How many lines there are: by doubling, then halving, since lines have no holes. */
  async #length(): Promise<number> {
    const exists = async (seq: number): Promise<boolean> =>
      (await this.#store.readLog(AUDIT_LOG, { after: seq - 1, limit: 1 })).length > 0;
    let high = 1;
    while (await exists(high)) high *= 2;
    let low = Math.floor(high / 2);
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (await exists(middle)) low = middle;
      else high = middle;
    }
    return low;
  }
}

function toAuditLine({ seq, entry, mac }: LogLine): AuditLine {
  const facts: Readonly<Record<string, Json | undefined>> = isRecord(entry)
    ? entry
    : { value: entry };
  const { kind, at } = facts;
  return {
    seq,
    at: typeof at === 'number' ? at : 0,
    kind: typeof kind === 'string' ? kind : 'unknown',
    entry: facts,
    mac,
  };
}

function isRecord(value: Json): value is Readonly<Record<string, Json | undefined>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
