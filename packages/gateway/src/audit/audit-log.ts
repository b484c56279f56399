/**
 * Reading and verifying the hash-chained audit log.
 *
 * @module
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

import { type Json, type LogLine, type Store, canonicalJson } from '@portcullis/core';

import { AUDIT_LOG, type JournalEntry } from './journal.ts';
import type { AuditLine, AuditNote, AuditService } from '../services.ts';

const PAGE = 1000;
const FIRST_MAC = '0'.repeat(64);

/** What a verification found. */
export type AuditVerdict = Awaited<ReturnType<AuditService['verify']>>;

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
    let before = FIRST_MAC;
    let seq = 0;
    let expected = options.expectHead === undefined;
    for (;;) {
      const lines = await this.#store.readLog(AUDIT_LOG, { after: seq, limit: PAGE });
      for (const line of lines) {
        const reason = faultOf(line, seq + 1, before, this.#chainKey);
        if (reason !== undefined) {
          return {
            ok: false,
            lines: seq,
            head: headOf(seq, before),
            fault: { seq: line.seq, reason },
          };
        }
        ({ seq, mac: before } = line);
        if (options.expectHead === headOf(seq, before)) expected = true;
      }
      if (lines.length < PAGE) break;
    }
    const head = headOf(seq, before);
    if (expected) return { ok: true, lines: seq, head };
    const reason = 'The log does not contain the expected head: lines were removed or replaced.';
    return { ok: false, lines: seq, head, fault: { seq, reason } };
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

function faultOf(line: LogLine, seq: number, before: string, key: Uint8Array): string | undefined {
  if (line.seq !== seq) return `Line ${String(seq)} is missing.`;
  const text = canonicalJson([AUDIT_LOG, seq, line.entry]);
  const mac = createHmac('sha256', key).update(`${before}\n${text}`).digest();
  const stored = Buffer.from(line.mac, 'hex');
  const fits = stored.length === mac.length && timingSafeEqual(stored, mac);
  return fits ? undefined : 'The line was changed, or written under another key.';
}

function headOf(seq: number, mac: string): string {
  return `${String(seq)}:${mac}`;
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
