/**
 * Whether the lines of the audit log are the ones that were written, over lines from wherever they
 * are read.
 *
 * @module
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

import { type LogLine, canonicalJson } from '@portcullis/core';

import type { AuditService } from '../services.ts';
import { AUDIT_LOG } from './journal.ts';

/** What a verification found. */
export type AuditVerdict = Awaited<ReturnType<AuditService['verify']>>;

/** How many lines are read at a time; a shorter answer is the last. */
export const CHAIN_PAGE = 1000;
const FIRST_MAC = '0'.repeat(64);

/**
 * Follows the chain from its first line to its last.
 *
 * @param read at most {@link CHAIN_PAGE} lines after a place, oldest first.
 * @param expectHead a head that was noted earlier and has to be among them.
 */
export async function verifyChain(
  read: (after: number) => readonly LogLine[] | Promise<readonly LogLine[]>,
  key: Uint8Array,
  expectHead?: string,
): Promise<AuditVerdict> {
  let before = FIRST_MAC;
  let seq = 0;
  let expected = expectHead === undefined;
  for (;;) {
    const lines = await read(seq);
    for (const line of lines) {
      const reason = faultOf(line, seq + 1, before, key);
      if (reason !== undefined) {
        const head = headOf(seq, before);
        return { ok: false, lines: seq, head, fault: { seq: line.seq, reason } };
      }
      ({ seq, mac: before } = line);
      if (expectHead === headOf(seq, before)) expected = true;
    }
    if (lines.length < CHAIN_PAGE) break;
  }
  const head = headOf(seq, before);
  if (expected) return { ok: true, lines: seq, head };
  const reason = 'The log does not contain the expected head: lines were removed or replaced.';
  return { ok: false, lines: seq, head, fault: { seq, reason } };
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
